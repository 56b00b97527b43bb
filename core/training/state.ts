/**
 * What travels between the states of the training workflow. A function takes the state of its own step and returns that
 * of the next, which a Choice follows by `next`. It stays far under 32 KB whatever the size of the run. formats/training
 * parses it: a state that mixes two steps is refused.
 */
import type { Refusal } from '../fleet/search.ts';
import type { Phase } from '../gang/records.ts';
import type { RunVisit } from '../gang/run-visit.ts';
import type { TrainLimits } from '../job/job.ts';
import { growingS, returnAfterS } from './pace.ts';

export type TrainingState =
  | StageState
  | AdmitState
  | AcquireState
  | RunState
  | DecideState
  | PublishState
  | ReleaseState;

export type TrainingNext = TrainingState['next'];

/** The state of a step. */
export type StateOf<Next extends TrainingNext> = Extract<TrainingState, { readonly next: Next }>;

/** Input of the workflow, as whoever starts it writes it. */
export interface TrainingInput {
  readonly runId: string;
  /** `s3://bucket/runs/<runId>/job.json`: the TrainJob, resolved once Validate has been. */
  readonly jobUri: string;
}

/** What Validate takes. */
export interface TrainingStart extends TrainingInput {
  /** The execution itself, by its ARN: set by the workflow's first state, never by whoever starts it. */
  readonly execution: { readonly id: string };
}

/** What every state after Validate carries. */
export interface Carried extends TrainingStart {
  /** Seconds since the epoch at which the run entered the queue. */
  readonly queuedAt: number;
  readonly attempt: number;
  /** How often steps have come back to themselves, admission apart: see pace.ts. Absent while none has. */
  readonly returns?: number;
}

/** A step that may ask to be entered only after so many seconds. */
interface Waiting {
  readonly waitS: number;
}

export interface StageState extends Carried, Waiting {
  readonly next: 'stage';
  /** The warehouse query that Stage waits for, once it runs. */
  readonly queryId?: string;
}

export interface AdmitState extends Carried, Waiting {
  readonly next: 'admit';
}

export interface AcquireState extends Carried, Waiting {
  readonly next: 'acquire';
  /** Index into the plan of candidates, and how often the plan was gone through. */
  readonly candidate: number;
  readonly round: number;
  /** What the pools have answered in this pass through the plan. */
  readonly refusals: readonly Refusal[];
  /** Epoch seconds at which an attempt after the first began to look for hosts. */
  readonly searchSince?: number;
}

/** A heartbeat keeps the Run state alive; agents send one every 20 s, the sweep one a minute. Missed, nobody watches. */
export const RUN_HEARTBEAT_S = 300;

export interface RunState extends Carried {
  readonly next: 'run';
  /** Whole seconds after which the Run state ends by itself: what is left of the run's time; Decide waits for the rest. */
  readonly timeoutS: number;
  /** RUN_HEARTBEAT_S, or less where the time is up before: Step Functions wants it below the timeout. */
  readonly heartbeatS: number;
}

/** What the Run state hands to its function: its own state, the token that it waits for, and which visit it is. */
export interface RunTask extends Omit<RunVisit, 'attempt'> {
  readonly state: RunState;
  readonly token: string;
}

/** After the Run state, which puts in what SendTaskSuccess carried. */
export interface EndedState extends RunState {
  readonly outcome: GangOutcome;
}

/** What Decide may be asked with. */
export type Deciding = EndedState | RunState | DecideState;

export interface DecideState extends Carried, Waiting {
  readonly next: 'decide';
  /** Seconds since the epoch at which Decide began to wait for the end of the attempt. */
  readonly stoppingSince?: number;
}

/** `attempt` is the one that succeeded. */
export interface PublishState extends Carried {
  readonly next: 'publish';
}

/** Hosts are released, then the execution succeeds with the committed result or fails with the reason. */
export type ReleaseState = Carried & { readonly next: 'release' } & (
    | (Committed & { readonly failure?: never })
    | ({ readonly failure: { readonly code: string; readonly message: string } } & { [K in keyof Committed]?: never })
  );

/** What Publish has done. */
interface Committed {
  readonly manifestUri: string;
  /**
   * The run whose model `published:<name>` means now: this one, or another that was queued later and published before.
   * Absent where the result holds no model.
   */
  readonly latestRunId?: string;
}

/** What Release needs of any state that a run may end in. */
export interface EndingState extends Pick<TrainingStart, 'runId' | 'execution'> {
  readonly failure?: { readonly code: string };
  /** Put in by a `Catch`. */
  readonly error?: { readonly Error: string };
}

/** Why the Run state ended. The control item holds the details. */
export type GangOutcome = {
  readonly phase: Phase;
  readonly attempt: number;
};

/** What goes on into the next step, and nothing that belongs to this one. */
export const carried = ({ runId, execution, jobUri, queuedAt, attempt, returns }: Carried): Carried => ({
  ...{ runId, execution, jobUri, queuedAt, attempt },
  ...(returns !== undefined && { returns }),
});

/** The wait for the end of the attempt. `leftS`: seconds until the run reaches its limit, none or fewer if it has. */
export function awaiting(state: Carried, leftS: number): RunState {
  const timeoutS = Math.max(2, Math.floor(leftS));
  return { ...carried(state), next: 'run', timeoutS, heartbeatS: Math.min(RUN_HEARTBEAT_S, timeoutS - 1) };
}

/**
 * True for a Run state that ended by itself although its time was not up: no heartbeat came. `leftS` is what the function
 * counts, whose clock may be a little behind the workflow's.
 */
export const isUnwatched = (state: Deciding, leftS: number): boolean =>
  state.next === 'run' && !('outcome' in state) && state.heartbeatS === RUN_HEARTBEAT_S && leftS > CLOCKS_DIFFER_S;

const CLOCKS_DIFFER_S = 10;

/** The beginning of the search for hosts, through the candidates from the first. */
export const acquisition = (state: Carried): AcquireState => ({
  ...carried(state),
  ...{ next: 'acquire', candidate: 0, round: 0, refusals: [], waitS: 0 },
});

/** The run is lost. */
export const lost = (state: Carried, code: string, message: string): ReleaseState => ({
  ...carried(state),
  ...{ next: 'release', failure: { code, message } },
});

/** The same step again, after what it asks for or, where the run has come back often, after longer. */
export function comingBack<State extends Carried & { readonly waitS: number }>(
  state: State,
  leftS: number,
  limits: Pick<TrainLimits, 'restarts'>,
): State {
  const { returns = 0, waitS } = state;
  return { ...state, returns: returns + 1, waitS: returnAfterS({ returns, waitS, leftS }, limits) };
}

interface Now {
  readonly nowMs: number;
  /** Seconds until the run reaches its limit, none or fewer if it has. */
  readonly leftS: number;
  readonly limits: Pick<TrainLimits, 'restarts'>;
}

/** Decide again, which has waited for the end of the attempt since `stoppingSince`: a tenth of that time later. */
export function decidingAgain(state: Carried, stoppingSince: number, { nowMs, leftS, limits }: Now): DecideState {
  const waitS = growingS(nowMs / 1000 - stoppingSince, { first: 1, longest: 3600, of: 10 });
  return comingBack({ ...carried(state), next: 'decide', stoppingSince, waitS }, leftS, limits);
}
