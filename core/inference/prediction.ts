/** What a prediction is made of: the fields of the struct column that a run adds. */

/** Types that have one value a row, in the words of Arrow. */
export const SCALARS = ['bool', 'int32', 'int64', 'float32', 'float64', 'utf8'] as const;
export type Scalar = (typeof SCALARS)[number];

/** A scalar, a list of equal length in every row, or a struct. */
export type ValueType =
  | Scalar
  | { readonly list: number; readonly of: ValueType }
  | { readonly struct: readonly PredictionField[] };

export interface PredictionField {
  readonly name: string;
  readonly type: ValueType;
  readonly nullable: boolean;
}

/**
 * The values of one scalar for all rows of a batch, row after row; of a list all items of a row after another. Booleans
 * are bytes.
 */
export type Values = Int32Array | BigInt64Array | Float32Array | Float64Array | Uint8Array | readonly string[];

/** The fields of an output in which rows may have no prediction: each of one value may be null; lists below a null mean nothing. */
export const lackable = (fields: readonly PredictionField[]): readonly PredictionField[] =>
  fields.map((field) => (typeof field.type === 'string' ? { ...field, nullable: true } : field));

/** `label: int32`, `embedding: float32[384]`, `top: struct<label: utf8, score: float32>[3]` */
export const fieldText = ({ name, type, nullable }: PredictionField): string =>
  `${name}: ${typeText(type)}${nullable ? ' or null' : ''}`;

function typeText(type: ValueType): string {
  if (typeof type === 'string') return type;
  if ('list' in type) return `${typeText(type.of)}[${type.list}]`;
  return `struct<${type.struct.map(fieldText).join(', ')}>`;
}
