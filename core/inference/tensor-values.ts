/** What tensors are made of: numbers of one type, or texts. */

/** Arrays of the numbers that a tensor can have. */
export const NUMBER_ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
} as const;

export type NumberElement = keyof typeof NUMBER_ARRAYS;

/** Element types of inputs that can be made from columns, in the words of ONNX. */
export const ELEMENTS = [...(Object.keys(NUMBER_ARRAYS) as NumberElement[]), 'string'] as const;
export type Element = NumberElement | 'string';

export type TensorNumbers = Float32Array | Float64Array | Int32Array | BigInt64Array;

/** Values of one input, row after row. */
export type TensorValues = TensorNumbers | readonly string[];

/** Room for `length` values: zeros, or texts that are empty. */
export const newTensor = (element: Element, length: number): TensorNumbers | string[] =>
  element === 'string' ? new Array<string>(length).fill('') : new NUMBER_ARRAYS[element](length);

/** Values `from` up to but not including `to`: a view of numbers. */
export const valuesBetween = (values: TensorValues, from: number, to: number): TensorValues =>
  isTexts(values) ? values.slice(from, to) : values.subarray(from, to);

/** `Array.isArray` does not know lists that are read only. */
export const isTexts = (values: TensorValues): values is readonly string[] => Array.isArray(values);
