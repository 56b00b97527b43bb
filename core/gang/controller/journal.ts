import type { AttemptEnd } from '../attempt-end.ts';
import type { Control } from '../records.ts';
import type { Verdict } from './verdict.ts';

export interface EndOptions {
  readonly nowMs: number;
  readonly isRestarted: boolean;
  readonly replaced: readonly string[];
}

/** The entry of an attempt that has been judged. */
export function endOf(
  { attempt, epoch, cause }: Control,
  { budget, code, message, rank }: Verdict,
  { nowMs, isRestarted, replaced }: EndOptions,
): AttemptEnd {
  return {
    ...{ attempt, endedAt: nowMs, epoch, code, message, isRestarted, replaced },
    ...(cause !== undefined && { cause }),
    ...(rank !== undefined && { rank }),
    ...(budget !== undefined && { budget }),
  };
}
