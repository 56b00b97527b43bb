/** Memory for the values of the fields of a prediction, while they are collected. */
import type { Scalar, Values } from './prediction.ts';
import type { Floats } from './take-output.ts';

export type Column = Int32Array | BigInt64Array | Floats | Uint8Array | string[];

/** Makes the column of the next field: `width` values a row. */
export type NewColumn = <C extends Column>(type: Scalar, width?: number) => C;

export function newColumn(type: Scalar, length: number): Column {
  switch (type) {
    case 'bool':
      return new Uint8Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'utf8':
      return new Array<string>(length).fill('');
  }
}

/** Copies values into a column of their type, from `at` on. */
export function copyValues(to: Column, from: Values, at: number): void {
  if (Array.isArray(to)) for (let i = 0; i < from.length; i++) to[at + i] = from[i] as string;
  else (to as Float32Array).set(from as Float32Array, at);
}
