import { LockstepError } from '#core/errors.ts';
import { classOf } from '#core/inference/failed-rows.ts';
import type { SourcedBatch } from './slices.ts';

/** An error that speaks of rows, with the object and the block that they are in: predictors do not know where their rows come from. */
export function placed(error: unknown, source: Pick<SourcedBatch, 'uri' | 'block'> | undefined): unknown {
  if (!(error instanceof LockstepError) || !source) return error;
  if (classOf(error) === undefined && error.code !== 'LS_PREDICTION_MISCOUNTED') return error;
  const message = `${source.uri}, record batch ${source.block}: ${error.message}`;
  return new LockstepError(error.code, message, { cause: error, remedy: error.remedy });
}
