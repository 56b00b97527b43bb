import { DataType, type Schema } from 'apache-arrow';
import type { ColumnShape } from '#core/inference/bind.ts';

/** The columns of a schema as the binding of a model sees them. */
export const columnShapes = (schema: Schema): ColumnShape[] =>
  schema.fields.map(({ name, type }) => {
    const item = DataType.isFixedSizeList(type) ? type.children[0]?.type : undefined;
    if (!DataType.isFixedSizeList(type) || !item) {
      return { name, type: String(type), element: elementOf(type), width: undefined };
    }
    return { name, type: `FixedSizeList<${item}>[${type.listSize}]`, element: elementOf(item), width: type.listSize };
  });

function elementOf(type: DataType): ColumnShape['element'] {
  if (DataType.isFloat(type)) return (['float16', 'float32', 'float64'] as const)[type.precision];
  if (DataType.isBool(type)) return 'bool';
  if (!DataType.isInt(type)) return undefined;
  if (!type.isSigned || type.bitWidth < 32) return 'integer';
  return type.bitWidth === 64 ? 'int64' : 'int32';
}
