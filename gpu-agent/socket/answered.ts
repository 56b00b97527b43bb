import { LockstepError } from '#core/errors.ts';
import type { BarrierResult } from '#core/gang/barrier/result.ts';
import type { BarrierAnswer } from '../wire.ts';

/** What a task is told of a barrier; one that did not open is the error that the protocol gave. */
export function answered(result: BarrierResult): BarrierAnswer {
  if (!result.ok) throw new LockstepError(result.code, result.message);
  const { epoch, payloads } = result;
  return payloads === undefined ? { epoch } : { epoch, payloads };
}
