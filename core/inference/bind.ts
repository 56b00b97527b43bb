/** Which columns feed which input of the model, decided before anything runs. */
import { LockstepError } from '../errors.ts';
import type { InferJob, NullPolicy } from '../job/job.ts';
import { orMeant } from '../job/nearest.ts';
import { ELEMENTS, type Element, type NumberElement } from './tensor-values.ts';

/** A value of the model, as the model declares it. A text dimension is known only when it runs. */
export interface ModelValue {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly (number | string)[];
}

export interface ModelSignature {
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Names of the classes in the order of the scores, where the model says them. */
  readonly classes?: readonly ClassName[];
}

/** What a classifier calls a class. */
export type ClassName = string | number;

/** A column as far as tensors are concerned. */
export interface ColumnShape {
  readonly name: string;
  /** The type as people write it, e.g. `FixedSizeList<Float32>[784]`. */
  readonly type: string;
  /**
   * Type of its numbers, `integer` for other whole ones, `string` for texts, `time` for dates, times and spans of it;
   * undefined for a column of anything else.
   */
  readonly element: Element | 'float16' | 'bool' | 'integer' | 'time' | undefined;
  /** Lengths of the lists in a row, the outermost first: none where a row has one number. `?` where rows may differ. */
  readonly dims: readonly (number | '?')[];
}

export interface Binding {
  readonly input: string;
  readonly element: Element;
  /** Dimensions behind the rows, all known. */
  readonly dims: readonly number[];
  /** One column of vectors, or as many columns of numbers, or of texts, as a row has values. */
  readonly columns: readonly string[];
  /** What becomes of a row without a value, for each column; an error for all where it is left out. */
  readonly nulls?: readonly NullPolicy[];
}

/**
 * Binds every input of the model. `wanted` maps inputs to a column, or to several columns of single values: a list, or a text
 * with commas between where no column has all of it for its name. An input that it does not name takes the column of its
 * own name; where it is empty and there is none, the only input takes the only column that fits it and is no id by its
 * type. LS_MODEL_MISMATCH names both sides.
 */
export function bindColumns(
  model: ModelSignature,
  columns: readonly ColumnShape[],
  wanted: InferJob['columns'],
): Binding[] {
  const unknown = Object.keys(wanted).find((name) => !model.inputs.some((input) => input.name === name));
  if (unknown !== undefined) {
    throw mismatch(`\`columns\` names the input \`${unknown}\`, the model has ${list(model.inputs.map(inputText))}`);
  }
  return model.inputs.map((input) => {
    const names = wanted[input.name];
    if (names !== undefined) return bind(input, chosen(input, columns, names));
    const namesake = columns.find(({ name }) => name === input.name);
    const isOnly = Object.keys(wanted).length === 0 && model.inputs.length === 1;
    // The only input may fit another column better than one that happens to have its name.
    if (namesake && (!isOnly || misfit(input, [namesake]) === undefined)) return bind(input, [namesake]);
    if (!isOnly) {
      throw mismatch(`\`columns\` does not say which column the model input \`${inputText(input)}\` takes`);
    }
    return bind(input, [onlyFit(input, columns)]);
  });
}

/** `x: float32[N,784]` */
export const inputText = ({ name, type, dims }: ModelValue): string =>
  `${name}: ${type}[${dims.map((dim) => (dim === '' ? '?' : dim)).join(',')}]`;

/** `pixels: FixedSizeList<Float32>[785]` */
const columnText = ({ name, type }: ColumnShape): string => `${name}: ${type}`;

function chosen(input: ModelValue, columns: readonly ColumnShape[], names: string | readonly string[]): ColumnShape[] {
  const find = (name: string) => columns.find((column) => column.name === name);
  const isWhole = typeof names === 'string' && find(names) !== undefined;
  const parts = typeof names !== 'string' ? names : isWhole ? [names] : names.split(',').map((part) => part.trim());
  return parts.map((part) => {
    const column = find(part);
    if (column) return column;
    const there = list(columns.map(columnText));
    const meant = orMeant(
      part,
      columns.map(({ name }) => name),
    );
    throw mismatch(
      `the model input \`${inputText(input)}\` takes the column \`${part}\`, the data has ${there}${meant}`,
    );
  });
}

function onlyFit(input: ModelValue, columns: readonly ColumnShape[]): ColumnShape {
  const possible = columns.filter((column) => misfit(input, [column]) === undefined);
  const fits = possible.filter((column) => !mayBeId(column, input));
  const [fit] = fits;
  if (fit && fits.length === 1) return fit;
  const wants = `the model wants \`${inputText(input)}\``;
  if (fit) throw mismatch(`${wants}, and several columns fit: ${list(fits.map(columnText))}; name one in \`columns\``);
  const [id] = possible;
  if (!id) throw mismatch(`${wants}, and no column fits: the data has ${list(columns.map(columnText))}`);
  const named = `\`columns: { ${JSON.stringify(input.name)}: ${JSON.stringify(id.name)} }\``;
  throw mismatch(
    `${wants}, and no column fits without a word: ${list(possible.map(columnText))} may be an id or a flag; if it is meant, write ${named}`,
  );
}

/** Single whole numbers and bools become numbers of another type only where the job names them. */
const mayBeId = ({ element, dims }: ColumnShape, { type }: ModelValue): boolean =>
  dims.length === 0 && element !== type && !isFloat(element);

const isFloat = (element: ColumnShape['element']): boolean => element?.startsWith('float') === true;

function bind(input: ModelValue, columns: readonly ColumnShape[]): Binding {
  const why = misfit(input, columns);
  const dims = agreedDims(input.dims.slice(1), columns);
  if (why === undefined && dims) {
    const element = ELEMENTS.find((each) => each === input.type) ?? 'float32';
    return { input: input.name, element, dims, columns: columns.map(({ name }) => name) };
  }
  throw mismatch(`the model wants \`${inputText(input)}\`, got ${list(columns.map(columnText))}: ${why}`);
}

/** Why columns cannot feed an input; undefined if they can. */
function misfit(input: ModelValue, columns: readonly ColumnShape[]): string | undefined {
  const element = ELEMENTS.find((each) => each === input.type);
  if (!element) return `tensors of ${input.type} cannot be made from columns`;
  const odd = columns.map((column) => strange(column, element)).find((why) => why !== undefined);
  if (odd) return odd;
  if (columns.length > 1 && columns.some(({ dims }) => dims.length > 0)) return 'one of them is a list';
  const wanted = input.dims.slice(1);
  return agreedDims(wanted, columns) ? undefined : unlike(wanted, columns);
}

/** Why no value of a column is one of the input, whatever it is; undefined where it may be. */
function strange({ name, element: from }: ColumnShape, to: Element): string | undefined {
  if (from === 'time') {
    return `\`${name}\` has times, which no model takes; make a column of what the model was trained with, a number or a text`;
  }
  if (from === undefined) return `\`${name}\` is neither a column of numbers or texts nor of lists of them`;
  if (to === 'string') return from === 'string' ? undefined : `\`${name}\` has numbers, the input takes texts`;
  if (from === 'string') return `\`${name}\` has texts, the input takes numbers`;
  return converts(from, to) ? undefined : `\`${name}\` has floats, which do not become ${to}`;
}

function unlike(wanted: ModelValue['dims'], columns: readonly ColumnShape[]): string {
  const shape = shapeOf(columns);
  if (shape.length > 1) return `a row has the shape [${shape}], the input takes [${wanted}]`;
  if (shape[0] === '?')
    return 'its lists may differ in length, and the input does not say how long; make them FixedSizeList';
  const isOpen = wanted.some((dim) => typeof dim === 'string');
  return `a row has ${product(shape)} values, the input takes ${isOpen ? 'a multiple of ' : ''}${product(wanted)}`;
}

/** Floats become floats; whole numbers and bools become any number, as long as their values are exact in it. */
const converts = (from: ColumnShape['element'], to: NumberElement): boolean => !isFloat(from) || isFloat(to);

const shapeOf = (columns: readonly ColumnShape[]): ColumnShape['dims'] =>
  columns.length === 1 ? (columns[0]?.dims ?? []) : [columns.length];

/** What a row has to be as the input takes it; undefined where it cannot be. */
function agreedDims(wanted: ModelValue['dims'], columns: readonly ColumnShape[]): number[] | undefined {
  const shape = shapeOf(columns);
  if (shape.length > 1) return alignedDims(wanted, shape);
  const [length = 1] = shape;
  const fixed = product(wanted);
  const isOpen = wanted.some((dim) => typeof dim === 'string');
  if (length === '?') return isOpen ? undefined : knownDims(wanted, fixed);
  return (isOpen ? length % fixed === 0 : length === fixed) ? knownDims(wanted, length) : undefined;
}

/** Lists in lists: one dimension after the other; where the input has a 1 the row may leave it out. */
function alignedDims(wanted: ModelValue['dims'], shape: ColumnShape['dims']): number[] | undefined {
  const rest = [...shape];
  const dims: number[] = [];
  for (const dim of wanted) {
    const [next] = rest;
    if (dim === 1 && next !== 1) {
      dims.push(1);
      continue;
    }
    rest.shift();
    const known = typeof dim === 'number' ? dim : next;
    if (typeof known !== 'number' || (next !== '?' && next !== known)) return undefined;
    dims.push(known);
  }
  return rest.length === 0 ? dims : undefined;
}

/** The first open dimension takes what the known ones leave of the width; any further one is 1. */
function knownDims(wanted: ModelValue['dims'], width: number): number[] {
  let open = width / product(wanted);
  return wanted.map((dim) => {
    if (typeof dim === 'number') return dim;
    const taken = open;
    open = 1;
    return taken;
  });
}

const product = (dims: readonly (number | string)[]): number =>
  dims.reduce<number>((sum, dim) => (typeof dim === 'number' ? sum * dim : sum), 1);

const list = (texts: readonly string[]): string => texts.map((text) => `\`${text}\``).join(', ') || 'none';
const mismatch = (message: string): LockstepError => new LockstepError('LS_MODEL_MISMATCH', message);
