import type { AttemptEnd } from '../gang/attempt-end.ts';
import { describe } from '../gang/cause.ts';
import type { Control } from '../gang/records.ts';
import type { Budget } from '../job/job.ts';

/** What became of one attempt, for people. */
export interface AttemptStory {
  readonly attempt: number;
  readonly state: 'running' | 'stopping' | 'restarted' | 'succeeded' | 'failed' | 'cancelled';
  /** Why it ended, in a sentence; absent where it did not or succeeded. */
  readonly why?: string;
  /** What was reported first, where the verdict is another. */
  readonly firstReport?: string;
  /** The rank at fault, where it is one rank's. */
  readonly rank?: number;
  /** The budget of restarts that the failure counts against. */
  readonly chargedTo?: Budget;
  /** Hosts that the next attempt had others for. */
  readonly replaced: readonly string[];
  /** Barriers that it passed. */
  readonly barriers: number;
  /** Epoch milliseconds. */
  readonly endedAt?: number;
}

/** The attempts of a gang, the first one first; none before there is a gang. */
export function attemptStories(control: Control | undefined, journal: readonly AttemptEnd[]): readonly AttemptStory[] {
  if (control === undefined) return [];
  const ended = journal.map(storyOf);
  return ended.some(({ attempt }) => attempt === control.attempt) ? ended : [...ended, latest(control)];
}

function storyOf(end: AttemptEnd): AttemptStory {
  const { attempt, endedAt, epoch, cause, message, code, rank, budget, isRestarted, replaced } = end;
  const state = isRestarted ? 'restarted' : code === 'LS_CANCELLED' ? 'cancelled' : 'failed';
  // The verdict says more of the same rank than its first report did.
  const isSame = cause === undefined || (cause.kind === 'task-failed' && cause.rank === rank);
  const firstReport = isSame ? message : describe(cause);
  return {
    ...{ attempt, state, why: message },
    ...(firstReport !== message && { firstReport }),
    ...(rank !== undefined && { rank }),
    ...(budget !== undefined && { chargedTo: budget }),
    ...{ replaced, barriers: epoch, endedAt },
  };
}

/** The attempt that the controller has not ended: it goes on, it succeeded, or the run was ended from outside. */
function latest({ attempt, phase, epoch, cause }: Control): AttemptStory {
  const why = cause !== undefined && phase !== 'SUCCEEDED' ? { why: describe(cause) } : {};
  const states: Partial<Record<Control['phase'], AttemptStory['state']>> = {
    STOPPING: 'stopping',
    DRAINED: 'stopping',
    SUCCEEDED: 'succeeded',
    FAILED: 'failed',
    CANCELLED: 'cancelled',
  };
  return { attempt, state: states[phase] ?? 'running', ...why, replaced: [], barriers: epoch };
}
