import { DataType, type Field, type Schema } from 'apache-arrow';
import type { ColumnShape } from '#core/inference/bind.ts';
import { isText } from '#formats/arrow/values/plain.ts';

/** The columns of a schema as the binding of a model sees them. */
export const columnShapes = (schema: Schema): ColumnShape[] =>
  schema.fields.map((field) => tensorShape(field) ?? { name: field.name, ...listShape(field.type) });

/** Lists of fixed length in each other, the outermost of any length. */
function listShape(type: DataType): Omit<ColumnShape, 'name'> {
  const item = DataType.isList(type) || DataType.isLargeList(type) ? type.children[0]?.type : undefined;
  if (!item) return fixedShape(type);
  const { dims, element, type: text } = fixedShape(item);
  return { type: `${DataType.isList(type) ? 'List' : 'LargeList'}<${text}>`, element, dims: ['?', ...dims] };
}

function fixedShape(type: DataType): Omit<ColumnShape, 'name'> {
  const item = DataType.isFixedSizeList(type) ? type.children[0]?.type : undefined;
  if (!DataType.isFixedSizeList(type) || !item) return { type: String(type), element: elementOf(type), dims: [] };
  const { dims, element, type: text } = fixedShape(item);
  return { type: `FixedSizeList<${text}>[${type.listSize}]`, element, dims: [type.listSize, ...dims] };
}

/** Arrow's extension type of tensors: a list of numbers whose metadata has the shape. */
function tensorShape({ name, type, metadata }: Field): ColumnShape | undefined {
  if (metadata.get('ARROW:extension:name') !== 'arrow.fixed_shape_tensor') return undefined;
  const flat = fixedShape(type);
  const { shape, permutation } = parsed(metadata.get('ARROW:extension:metadata'));
  const isShape = Array.isArray(shape) && shape.every(Number.isInteger);
  const size = isShape ? shape.reduce((product: number, dim: number) => product * dim, 1) : undefined;
  if (!isShape || flat.dims.length !== 1 || size !== flat.dims[0]) return undefined;
  const isTurned = Array.isArray(permutation) && permutation.some((from, at) => from !== at);
  const text = `fixed_shape_tensor<${type.children[0]?.type}>[${shape}]`;
  // Its values are not in the order of its dimensions.
  if (isTurned) return { name, type: `${text} permuted by [${permutation}]`, element: undefined, dims: shape };
  return { name, type: text, element: flat.element, dims: shape };
}

function parsed(text: string | undefined): { readonly shape?: unknown; readonly permutation?: unknown } {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function elementOf(type: DataType): ColumnShape['element'] {
  if (DataType.isFloat(type)) return (['float16', 'float32', 'float64'] as const)[type.precision];
  if (DataType.isBool(type)) return 'bool';
  if (isText(DataType.isDictionary(type) ? type.dictionary : type)) return 'string';
  if (isTime(type)) return 'time';
  if (!DataType.isInt(type)) return undefined;
  if (!type.isSigned || type.bitWidth < 32) return 'integer';
  return type.bitWidth === 64 ? 'int64' : 'int32';
}

const isTime = (type: DataType): boolean =>
  DataType.isDate(type) || DataType.isTime(type) || DataType.isTimestamp(type) || DataType.isDuration(type);
