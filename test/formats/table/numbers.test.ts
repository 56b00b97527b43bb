/**
 * Columns of every type of number that pyarrow wrote, as tensors of every element type, held against what NumPy makes of
 * them (test/fixtures/numbers/write_numbers.py).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ELEMENTS, type Element } from '#core/inference/tensor-values.ts';
import { tensorOf } from '#formats/arrow/values/tensor.ts';
import { columnShapes } from '#formats/table/column-shapes.ts';
import { readAll } from '../arrow/read-all.ts';

const FOLDER = 'test/fixtures/numbers';
type Refused = { readonly row: number; readonly value: string };
type Expected = Readonly<Record<string, Partial<Record<Element, readonly string[] | Refused>>>>;
const EXPECTED: Expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8'));

const CASES = Object.entries(EXPECTED).flatMap(([column, elements]) =>
  ELEMENTS.filter((element) => elements[element]).map((element) => [column, element] as const),
);

describe.each(['numbers.arrow', 'numbers.parquet'])('%s', (name) => {
  const read = readAll(new Uint8Array(readFileSync(`${FOLDER}/${name}`)));

  it.each(CASES)('%s as %s: alone, beside itself, in pairs, and in slices', async (column, element) => {
    const expected = EXPECTED[column]?.[element] as readonly string[] | Refused;
    let at = 0;
    for (const whole of await read) {
      for (const batch of [whole.slice(0, 3), whole.slice(3)]) {
        const rows = { from: at, to: at + batch.numRows };
        at = rows.to;
        for (const [columns, copies] of [
          [[column], 1],
          [[column, column], 2],
          [[`${column}_pair`], 2],
        ] as const) {
          const tensor = () => tensorOf(batch, { columns, element, dims: [copies] });
          if (Array.isArray(expected)) {
            const values = expected
              .slice(rows.from, rows.to)
              .flatMap((text) => Array(copies).fill(parsed(text, element)));
            expect([...tensor()], `${columns}`).toEqual(values);
          } else if (isWithin(expected as Refused, rows)) {
            const { row, value } = expected as Refused;
            const message = `the column \`${columns[0]}\` has ${value} in row ${row - rows.from} of a record batch, which ${element} does not hold exactly`;
            expect(tensor).toThrow(expect.objectContaining({ code: 'LS_VALUE_INEXACT', message }));
          }
        }
      }
    }
    expect(at).toBe(8);
  });

  it('has all its columns seen as numbers', async () => {
    const [batch] = await read;
    const shapes = columnShapes((batch as NonNullable<typeof batch>).schema);
    expect(shapes.filter(({ element }) => element === undefined)).toEqual([]);
    expect(shapes.find((shape) => shape.name === 'bool')).toMatchObject({ element: 'bool', dims: [] });
    expect(shapes.find((shape) => shape.name === 'float16_pair')).toMatchObject({ element: 'float16', dims: [2] });
  });
});

const isWithin = ({ row }: Refused, { from, to }: { from: number; to: number }) => row >= from && row < to;

function parsed(text: string, element: Element): number | bigint {
  if (element === 'int64') return BigInt(text);
  return text === 'inf' ? Number.POSITIVE_INFINITY : Number(text);
}
