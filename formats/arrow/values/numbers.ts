/** The numbers of a column as a typed array, and as an element type that holds each of them exactly. */
import { type Data, DataType } from 'apache-arrow';
import { NUMBER_ARRAYS, type NumberElement, type TensorNumbers } from '#core/inference/tensor-values.ts';

/** Numbers of a column, or of the lists in it. */
export type Numbers = TensorNumbers | Int8Array | Int16Array | Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** The first `size` numbers; float16 becomes float32, false and true become 0 and 1. */
export function plainNumbers(column: Data, size: number): Numbers {
  // A bitmap is not moved when a batch is sliced: its offset counts bits.
  if (DataType.isBool(column.type)) return unpacked(column.values, column.offset, size);
  // apache-arrow has already moved other values of a slice to its start: `offset` concerns only the bitmaps.
  const values = column.values.subarray(0, size);
  if (!DataType.isFloat(column.type) || !(values instanceof Uint16Array)) return values;
  return Float32Array.from(new Float16Array(values.buffer, values.byteOffset, size));
}

function unpacked(bits: Uint8Array, offset: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0, bit = offset; i < size; i++, bit++) bytes[i] = ((bits[bit >> 3] as number) >> (bit & 7)) & 1;
  return bytes;
}

/**
 * The numbers as typed arrays of the element type take them by `set` without a change; the same array where it is so
 * already. `refuse` is told the first that the element type does not hold. Floats are not for integers, and are rounded
 * from float64 to float32: the binding decides both.
 */
export function exactNumbers(numbers: Numbers, element: NumberElement, refuse: (index: number) => never): Numbers {
  if (numbers instanceof BigInt64Array || numbers instanceof BigUint64Array) {
    return element === 'int64' ? signed(numbers, refuse) : narrowed(numbers, element, refuse);
  }
  if (element === 'int64') return widened(numbers);
  const at = firstInexact(numbers, element);
  return at < 0 ? numbers : refuse(at);
}

/** Whole numbers up to 16 bits are exact in every element type, those of 32 bits in float64. */
function firstInexact(numbers: Exclude<Numbers, BigInt64Array | BigUint64Array>, element: NumberElement): number {
  const isWide = numbers instanceof Int32Array || numbers instanceof Uint32Array;
  if (isWide && element === 'float32') return numbers.findIndex((value) => Math.fround(value) !== value);
  if (numbers instanceof Uint32Array && element === 'int32') return numbers.findIndex((value) => value > 2 ** 31 - 1);
  return -1;
}

function signed(numbers: BigInt64Array | BigUint64Array, refuse: (index: number) => never): BigInt64Array {
  if (numbers instanceof BigInt64Array) return numbers;
  const same = new BigInt64Array(numbers.buffer as ArrayBuffer, numbers.byteOffset, numbers.length);
  const at = same.findIndex((value) => value < 0n);
  return at < 0 ? same : refuse(at);
}

/** Reads halves of 32 bits, the lower first as Arrow has them: to make a BigInt of each number takes two to three times as long. */
function narrowed(
  numbers: BigInt64Array | BigUint64Array,
  element: Exclude<NumberElement, 'int64'>,
  refuse: (index: number) => never,
): TensorNumbers {
  const isSigned = numbers instanceof BigInt64Array;
  const halves = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length * 2);
  const values = new NUMBER_ARRAYS[element](numbers.length);
  for (let i = 0; i < values.length; i++) {
    const high = halves[2 * i + 1] as number;
    const value = (isSigned ? high : high >>> 0) * 2 ** 32 + ((halves[2 * i] as number) >>> 0);
    values[i] = value;
    if (values[i] !== value) refuse(i);
    // The sum above was rounded itself where the number has more than 53 digits.
    if (!Number.isSafeInteger(value) && BigInt(value) !== numbers[i]) refuse(i);
  }
  return values;
}

/** `BigInt64Array` takes no numbers: they are written as halves, the upper filled with the sign. */
function widened(numbers: Exclude<Numbers, BigInt64Array | BigUint64Array>): BigInt64Array {
  const values = new BigInt64Array(numbers.length);
  const halves = new Int32Array(values.buffer);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i] as number;
    halves[2 * i] = value;
    halves[2 * i + 1] = value < 0 ? -1 : 0;
  }
  return values;
}
