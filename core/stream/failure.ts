import { ERRORS, type ErrorCode, LockstepError } from '../errors.ts';
import { classOf as rowClassOf } from '../inference/failed-rows.ts';
import type { FailureClass, RecordFailure } from './record.ts';

/** Codes of what concerns a record as a whole. Those of rows are in inference/failed-rows.ts. */
const CLASS_OF: Readonly<Partial<Record<ErrorCode, FailureClass>>> = {
  LS_RECORD_INVALID: 'decode',
  LS_RECORD_TOO_LARGE: 'size',
  LS_DATA_UNREADABLE: 'decode',
  LS_DATA_EMPTY: 'decode',
  LS_ARROW_CORRUPT: 'decode',
  LS_ARROW_UNSUPPORTED: 'decode',
  LS_PARQUET_CORRUPT: 'decode',
  LS_PARQUET_UNSUPPORTED: 'decode',
  LS_INPUT_CHANGED: 'decode',
  LS_SCHEMA_DIFFERS: 'schema',
  LS_MODEL_MISMATCH: 'schema',
  LS_OUTPUTS_UNCLEAR: 'schema',
  LS_BATCH_TAIL: 'shape',
  // Whatever is wrong with the model is not wrong with the record, which is kept until there is another.
  LS_MODEL_UNREADABLE: 'infrastructure',
};

/** Why a record failed, of whatever was thrown. */
export function recordFailure(error: unknown): RecordFailure {
  if (!(error instanceof LockstepError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: 'LS_PREDICTION_FAILED', class: 'model', message };
  }
  const { code, message } = error;
  return { code, class: rowClassOf(error) ?? CLASS_OF[code] ?? byKind(code), message };
}

const byKind = (code: ErrorCode): FailureClass => (ERRORS[code].kind === 'infrastructure' ? 'infrastructure' : 'model');

/**
 * Whether it is the record's own doing, so that each time counts towards setting it aside: a service that does not answer
 * says nothing about the record.
 */
export const isOfRecord = (failure: Pick<RecordFailure, 'class'>): boolean => failure.class !== 'infrastructure';
