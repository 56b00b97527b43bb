/** Every time constant of the gang protocol, with the reason for it. All in milliseconds of the agent's own clock. */
export interface Timing {
  /** Control poll while something is awaited: short at first, because most waits are. */
  readonly pollMs: number;
  /** How long polls stay short. */
  readonly eagerMs: number;
  /** Slowest control poll of a long wait. */
  readonly pollMsMax: number;
  /** Control poll while tasks run and nobody waits: bounds how long a stop goes unnoticed. */
  readonly pollRunningMs: number;
  /** A waiter looks at the arrivals and members itself once in so many polls, in case whoever should act has died. */
  readonly helpEvery: number;
  /** A host whose ranks have come only in part writes those after this long, so that others can name who is missing. */
  readonly partialMs: number;
  readonly beatMs: number;
  /** A heartbeat that stands still for so long makes its host suspect: four beats, so that one lost write does not. */
  readonly suspectMs: number;
  /** Without a good read of the control item for so long an agent kills its tasks: another may already replace it. */
  readonly fenceMs: number;
  readonly leaseMs: number;
  /** A host can boot before the launch call that made it has returned and written its lease. */
  readonly leaseGraceMs: number;
  /** Heartbeat of the task token; the Run state allows several to be missed. */
  readonly callbackMs: number;
  /** From the request to checkpoint until the stop, when a host is about to be taken: well within EC2's two minutes. */
  readonly noticeMs: number;
  /** How far apart tasks may end well; `limits.exitSpreadS` of the job. */
  readonly exitSpreadMs: number;
  /** Pause before a store that did not answer is asked again. */
  readonly backoffMs: number;
}

export const TIMING: Timing = {
  pollMs: 250,
  eagerMs: 5_000,
  pollMsMax: 2_000,
  pollRunningMs: 1_000,
  helpEvery: 4,
  partialMs: 5_000,
  beatMs: 2_000,
  suspectMs: 8_000,
  fenceMs: 20_000,
  leaseMs: 10_000,
  leaseGraceMs: 60_000,
  callbackMs: 20_000,
  noticeMs: 30_000,
  exitSpreadMs: Number.POSITIVE_INFINITY,
  backoffMs: 500,
};
