import { DataType, type RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import { checkColumn } from '#formats/arrow/check/column.ts';
import { damage } from '../corrupt.ts';

/**
 * Checks that every decimal has no more digits than its type says, which is the one thing that decoding does not see to.
 * LS_PARQUET_CORRUPT names the column and the row.
 */
export function checkDecimals({ data, schema }: RecordBatch): void {
  for (const [i, { name, type }] of schema.fields.entries()) {
    const column = data.children[i];
    if (!column || !hasDecimal(type)) continue;
    try {
      checkColumn(column, { uri: 'its values', path: name });
    } catch (error) {
      throw error instanceof LockstepError ? damage(error.message, error) : error;
    }
  }
}

const hasDecimal = (type: DataType): boolean =>
  DataType.isDecimal(type) || (type.children ?? []).some((child) => hasDecimal(child.type));
