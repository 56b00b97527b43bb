import { describe, expect, it } from 'vitest';
import { bindColumns, type ColumnShape, type ModelSignature, type ModelValue } from '#core/inference/bind.ts';

const x = (dims: ModelValue['dims'], type = 'float32'): ModelValue => ({ name: 'x', type, dims });
const model = (...inputs: ModelValue[]): ModelSignature => ({ inputs, outputs: [] });
const vector = (name: string, width: number): ColumnShape => ({
  name,
  type: `FixedSizeList<Float32>[${width}]`,
  element: 'float32',
  dims: [width],
});
const number = (name: string, element: ColumnShape['element'] = 'float32'): ColumnShape => ({
  name,
  type: String(element),
  element,
  dims: [],
});
const text: ColumnShape = { name: 'note', type: 'Utf8', element: 'string', dims: [] };

describe('bindColumns', () => {
  it('lets the only input take the only column that fits it', () => {
    expect(bindColumns(model(x(['N', 784])), [number('id', 'int64'), text, vector('pixels', 784)], {})).toEqual([
      { input: 'x', element: 'float32', dims: [784], columns: ['pixels'] },
    ]);
  });

  it('keeps the shape of the input behind the rows, and works out the dimension that is open', () => {
    const columns = [vector('pixels', 784)];
    expect(bindColumns(model(x(['N', 1, 28, 28])), columns, {})[0]?.dims).toEqual([1, 28, 28]);
    expect(bindColumns(model(x(['', 'H', 28])), columns, { x: 'pixels' })[0]?.dims).toEqual([28, 28]);
  });

  it('offers the column that was probably meant', () => {
    const columns = [number('sepal_length'), number('petal_length')];
    expect(() => bindColumns(model(x(['N'])), columns, { x: 'sepal_lenght' })).toThrow(/did you mean sepal_length\?$/);
    expect(() => bindColumns(model(x(['N'])), columns, { x: 'zebra' })).toThrow(/petal_length: float32`$/);
  });

  it('binds several columns of numbers to one input, and a number to an input of rank 1', () => {
    const columns = [number('a'), number('b', 'integer'), number('c', 'float64')];
    expect(bindColumns(model(x(['N', 3])), columns, { x: 'a, b, c' })[0]?.columns).toEqual(['a', 'b', 'c']);
    expect(bindColumns(model(x(['N'], 'int64')), [number('id', 'int64')], { x: 'id' })[0]).toMatchObject({
      element: 'int64',
      dims: [],
    });
  });

  const WHOLE = ['bool', 'integer', 'int32', 'int64'] as const;
  it.each(
    WHOLE.flatMap((from) => (['float32', 'float64', 'int32', 'int64'] as const).map((to) => [from, to] as const)),
  )('takes a column of %s as %s by name, and unnamed only where the types are the same', (from, to) => {
    const bound = [{ input: 'x', element: to, dims: [], columns: ['id'] }];
    const wanted = model(x(['N'], to));
    expect(bindColumns(wanted, [number('id', from)], { x: 'id' })).toEqual(bound);
    const namesake = { inputs: [{ ...x(['N'], to), name: 'id' }], outputs: [] };
    expect(bindColumns(namesake, [number('id', from)], {})[0]?.columns).toEqual(['id']);
    const unnamed = () => bindColumns(wanted, [number('id', from)], {});
    if (from === to) expect(unnamed()).toEqual(bound);
    else expect(unnamed).toThrow(/may be an id or a flag/);
    // An id beside a feature is no reason to ask.
    if (to.startsWith('float')) {
      expect(bindColumns(wanted, [number('id', from), number('v', 'float16')], {})[0]?.columns).toEqual(['v']);
    }
    const lists = { ...vector('list', 3), element: from };
    expect(bindColumns(model(x(['N', 3], to)), [number('id', from), lists], {})[0]?.columns).toEqual(['list']);
  });

  it.each([
    [
      [2, 3],
      ['N', 2, 3],
      [2, 3],
    ],
    [
      [2, 3],
      ['N', 'h', 3],
      [2, 3],
    ],
    [
      [28, 28],
      ['N', 1, 28, 28],
      [1, 28, 28],
    ],
    [
      ['?', 3],
      ['N', 2, 3],
      [2, 3],
    ],
    [['?'], ['N', 2, 3], [2, 3]],
    [['?'], ['N', 4], [4]],
    [[2, 3], ['N', 3, 2], undefined],
    [[2, 3], ['N', 6], undefined],
    [[2, 3], ['N', 2], undefined],
    [['?', 3], ['N', 'h', 3], undefined],
    [['?'], ['N', 'd'], undefined],
  ] as const)('takes rows of shape %j for an input of %j', (dims, wanted, bound) => {
    const column = { name: 'x', type: 'lists', element: 'float32', dims } as const;
    const bind = () => bindColumns(model(x(wanted)), [column], {})[0]?.dims;
    if (bound) expect(bind()).toEqual(bound);
    else
      expect(() => bindColumns(model(x(wanted)), [column], { x: 'x' })).toThrow(
        /got `x: lists`: (a row has|its lists)/,
      );
  });

  it('takes a list of columns by their whole names, whatever letters these have', () => {
    const columns = ['a', 'b', 'a, b', 'x.y', 'größe (m)', '表'].map((name) => number(name));
    const bound = (names: string | readonly string[], width: number) =>
      bindColumns(model(x(['N', width])), columns, { x: names })[0]?.columns;
    expect(bound(['a, b', 'x.y', 'größe (m)', '表'], 4)).toEqual(['a, b', 'x.y', 'größe (m)', '表']);
    expect(bound(['a'], 1)).toEqual(['a']);
    expect(bound('a, b', 1)).toEqual(['a, b']);
    expect(bound('b, a', 2)).toEqual(['b', 'a']);
    expect(() => bound([' a'], 1)).toThrow(/takes the column ` a`/);
  });

  it('lets inputs that are not named take the columns of their names', () => {
    const two = model(x(['N', 2]), { ...x(['N'], 'int64'), name: 'age' });
    const columns = [number('age', 'int64'), vector('y', 2), vector('x', 2)];
    const names = (wanted: Record<string, string>) => bindColumns(two, columns, wanted).map((each) => each.columns);
    expect(names({})).toEqual([['x'], ['age']]);
    expect(names({ x: 'y' })).toEqual([['y'], ['age']]);
    expect(bindColumns(model(x(['N', 2])), columns, {})[0]?.columns).toEqual(['x']);
    expect(bindColumns(model(x(['N', 2])), [text, { ...text, name: 'x' }, vector('y', 2)], {})[0]?.columns).toEqual([
      'y',
    ]);
    expect(() => bindColumns(two, [...columns.slice(1), { ...text, name: 'age' }], {})).toThrow(/got `age: Utf8`/);
  });

  it.each([
    [
      'another width',
      () => bindColumns(model(x(['N', 784])), [vector('pixels', 785)], { x: 'pixels' }),
      'the model wants `x: float32[N,784]`, got `pixels: FixedSizeList<Float32>[785]`: a row has 785 values, the input takes 784',
    ],
    [
      'no column that fits',
      () => bindColumns(model(x(['N', 784])), [text, vector('pixels', 785)], {}),
      'the model wants `x: float32[N,784]`, and no column fits: the data has `note: Utf8`, `pixels: FixedSizeList<Float32>[785]`',
    ],
    [
      'several that fit',
      () => bindColumns(model(x(['N', 2])), [vector('a', 2), vector('b', 2)], {}),
      'the model wants `x: float32[N,2]`, and several columns fit: `a: FixedSizeList<Float32>[2]`, `b: FixedSizeList<Float32>[2]`; name one in `columns`',
    ],
    [
      'a column that is not there',
      () => bindColumns(model(x(['N', 2])), [text], { x: 'pixels' }),
      'the model input `x: float32[N,2]` takes the column `pixels`, the data has `note: Utf8`',
    ],
    [
      'an input that is not there',
      () => bindColumns(model(x(['N', 2])), [text], { y: 'note' }),
      '`columns` names the input `y`, the model has `x: float32[N,2]`',
    ],
    [
      'text for numbers',
      () => bindColumns(model(x(['N', 1])), [text], { x: 'note' }),
      'the model wants `x: float32[N,1]`, got `note: Utf8`: `note` has texts, the input takes numbers',
    ],
    [
      'floats for whole numbers',
      () => bindColumns(model(x(['N'], 'int64')), [number('price', 'float16')], { x: 'price' }),
      'the model wants `x: int64[N]`, got `price: float16`: `price` has floats, which do not become int64',
    ],
    [
      'to take an id that nobody named',
      () => bindColumns(model(x(['N'])), [text, number('id', 'int64')], {}),
      'the model wants `x: float32[N]`, and no column fits without a word: `id: int64` may be an id or a flag; if it is meant, write `columns: { "x": "id" }`',
    ],
    [
      'an input without a column among several',
      () => bindColumns(model(x(['N', 2]), { ...x(['N', 2]), name: 'y' }), [vector('a', 2)], { x: 'a' }),
      '`columns` does not say which column the model input `y: float32[N,2]` takes',
    ],
  ])('refuses %s and names both sides', (_what, bind, message) => {
    expect(bind).toThrow(expect.objectContaining({ code: 'LS_MODEL_MISMATCH', message }));
  });
});
