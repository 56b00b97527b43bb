import type { AttemptEnd } from '../attempt-end.ts';
import type { Control } from '../records.ts';
import type { Verdict } from './verdict.ts';

/** An entry before it is written down: whoever writes it adds the time. */
export type Ending = Omit<AttemptEnd, 'endedAt'>;

export interface EndOptions {
  readonly isRestarted: boolean;
  readonly replaced: readonly string[];
}

/** The entry of an attempt that has been judged. */
export function endOf(
  { attempt, epoch, cause }: Control,
  { budget, code, message, rank }: Verdict,
  { isRestarted, replaced }: EndOptions,
): Ending {
  return {
    ...{ attempt, epoch, code, message, isRestarted, replaced },
    ...(cause !== undefined && { cause }),
    ...(rank !== undefined && { rank }),
    ...(budget !== undefined && { budget }),
  };
}
