/** The states of the training workflow as JSON carries them: a state that is not exactly that of its step is refused. */
import * as z from 'zod/mini';
import { invariant, LockstepError } from '#core/errors.ts';
import type {
  Deciding,
  EndedState,
  EndingState,
  RunTask,
  StateOf,
  TrainingNext,
  TrainingStart,
  TrainingState,
} from '#core/training/state.ts';

const count = z.int().check(z.minimum(0));
const seconds = z.number().check(z.minimum(0));
const start = { runId: z.string(), jobUri: z.string(), execution: z.strictObject({ id: z.string() }) };
const carried = { ...start, queuedAt: seconds, attempt: count, returns: z.optional(count) };
const waitS = seconds;

const refusal = z.strictObject({
  pool: z.string(),
  code: z.string(),
  failure: z.enum(['capacity', 'quota', 'throttle', 'transient', 'config', 'auth', 'unknown']),
});
const failure = z.strictObject({ code: z.string(), message: z.string() });
const outcome = z.strictObject({ phase: z.string(), attempt: count });

const run = { ...carried, next: z.literal('run'), timeoutS: seconds, heartbeatS: seconds };

const SCHEMAS = {
  stage: z.strictObject({ ...carried, next: z.literal('stage'), queryId: z.optional(z.string()), waitS }),
  admit: z.strictObject({ ...carried, next: z.literal('admit'), waitS }),
  acquire: z.strictObject({
    ...carried,
    ...{ next: z.literal('acquire'), candidate: count, round: count, refusals: z.array(refusal) },
    ...{ searchSince: z.optional(seconds), waitS },
  }),
  run: z.strictObject(run),
  decide: z.strictObject({ ...carried, next: z.literal('decide'), stoppingSince: z.optional(seconds), waitS }),
  publish: z.strictObject({ ...carried, next: z.literal('publish') }),
  release: z.union([
    z.strictObject({
      ...carried,
      ...{ next: z.literal('release'), manifestUri: z.string(), latestRunId: z.optional(z.string()) },
    }),
    z.strictObject({ ...carried, next: z.literal('release'), failure }),
  ]),
} satisfies Record<TrainingNext, z.ZodMiniType>;

/** The end of a run frees its hosts whatever the state has become: only what that needs is looked at. */
const ENDING = z.looseObject({
  runId: z.string(),
  execution: z.looseObject({ id: z.string() }),
  failure: z.optional(failure),
  error: z.optional(z.looseObject({ Error: z.string() })),
});
const ENDED = z.strictObject({ ...run, outcome });
const START = z.strictObject(start);
const RUN_TASK = z.strictObject({ state: z.unknown(), token: z.string(), entered: z.string(), retry: count });

/** What whoever starts the workflow writes, with the execution that it belongs to: LS_JOB_INVALID if it is another. */
export function parseStart(value: unknown): TrainingStart {
  const parsed = START.safeParse(value);
  if (parsed.success) return parsed.data;
  const message = `expected {"runId", "jobUri"} as the input of the workflow, got ${JSON.stringify(value)}`;
  throw new LockstepError('LS_JOB_INVALID', message, {
    remedy: 'Start runs with `lockstep train`, or with exactly these two fields.',
  });
}

/** The state of the step that a function is for. Another one is a broken invariant: only our own functions write it. */
export function parseState<Next extends TrainingNext>(next: Next, value: unknown): StateOf<Next> {
  const parsed = SCHEMAS[next].safeParse(value);
  invariant(parsed.success, `expected a state of the step ${next}, got ${JSON.stringify(value)}`);
  return parsed.data as TrainingState as StateOf<Next>;
}

/** What the Run state hands to its function; Step Functions gives the time of entry as text of ISO 8601. */
export function parseRunTask(value: unknown): RunTask {
  const parsed = RUN_TASK.safeParse(value);
  invariant(parsed.success, `expected what the Run state hands over, got ${JSON.stringify(value)}`);
  const { state, token, entered, retry } = parsed.data;
  const enteredMs = Date.parse(entered);
  invariant(Number.isFinite(enteredMs), `expected a time as $$.State.EnteredTime, got ${entered}`);
  return { state: parseState('run', state), token, enteredMs, retry };
}

/**
 * What Decide takes: the Run state with its outcome, or without one where its time was up; its own state where it waits, or
 * a step that found the gang stopped.
 */
export function parseDeciding(value: unknown): Deciding {
  const ended = ENDED.safeParse(value);
  if (ended.success) return ended.data as EndedState;
  const timedOut = SCHEMAS.run.safeParse(value);
  return timedOut.success ? (timedOut.data as Deciding) : parseState('decide', value);
}

/** What Release takes: its own state, or that of whatever step failed, with what a `Catch` put into it. */
export function parseEnding<Input>(value: Input): Input & EndingState {
  const parsed = ENDING.safeParse(value);
  invariant(parsed.success, `expected a state with the run that it is of, got ${JSON.stringify(value)}`);
  return value as Input & EndingState;
}
