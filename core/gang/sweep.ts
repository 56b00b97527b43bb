import type { Lease } from '../fleet/records.ts';
import type { TrainLimits } from '../job/job.ts';
import { hasEnded } from './phases.ts';
import type { GangWatch } from './queue/entry.ts';
import type { Cause, Control, Member } from './records.ts';
import { timeIsUp } from './run-time.ts';

export interface SweepView {
  readonly control: Control;
  readonly members: readonly Member[];
  /** Leases that are not released. */
  readonly leases: readonly Lease[];
  /** Sum of the heartbeat counters of the attempt. */
  readonly beats: number;
  readonly queuedAtS: number;
  readonly limits: Pick<TrainLimits, 'maxDurationS' | 'formTimeoutS'>;
  readonly nowS: number;
}

export interface SweepDecision {
  readonly watch: GangWatch;
  /** Stop the attempt for this. */
  readonly stop: Cause | undefined;
  /** Answer the task token again, in case whoever ended the attempt died before it could. */
  readonly answer: boolean;
  /** Keep the Run state alive. */
  readonly heartbeat: boolean;
}

/** Twice the fence: agents that were merely cut off have killed their tasks by then. */
const NO_BEAT_S = 60;

/** What the sweep does about one gang, given what it saw of it last time. Times are the sweep's own. */
export function sweep(before: GangWatch | undefined, view: SweepView): SweepDecision {
  const { control } = view;
  const watch = observe(before, view);
  const isForming = control.phase === 'FORMING' || control.phase === 'STARTING';
  const isLive = isForming || control.phase === 'RUNNING';
  const stop = reasonToStop(view, watch, isForming, isLive);
  return {
    watch,
    stop,
    answer: stop !== undefined || hasEnded(control.phase),
    heartbeat: isLive && stop === undefined,
  };
}

function observe(before: GangWatch | undefined, { control, beats, nowS }: SweepView): GangWatch {
  const { attempt, phase } = control;
  const isSame = before?.attempt === attempt && before.phase === phase;
  const isStill = before?.attempt === attempt && before.beats === beats;
  return {
    attempt,
    phase,
    sinceS: isSame ? before.sinceS : nowS,
    beats,
    beatsSinceS: isStill ? before.beatsSinceS : nowS,
  };
}

function reasonToStop(view: SweepView, watch: GangWatch, isForming: boolean, isLive: boolean): Cause | undefined {
  const { limits, nowS, queuedAtS, control } = view;
  const isUnfinished = isLive || control.phase === 'ACQUIRING';
  if (isUnfinished && nowS - queuedAtS > limits.maxDurationS) {
    return timeIsUp(limits);
  }
  if (isForming && nowS - watch.sinceS > limits.formTimeoutS) return { kind: 'not-formed', missing: missing(view) };
  if (control.phase === 'RUNNING' && nowS - watch.beatsSinceS > NO_BEAT_S) {
    const instanceId = view.members[0]?.instanceId ?? 'unknown';
    return {
      kind: 'host-lost',
      instanceId,
      why: 'silent',
      evidence: `no host of the gang has had a heartbeat for ${NO_BEAT_S} s`,
    };
  }
  return undefined;
}

/** Hosts that have a lease and are not as far as the phase asks for. */
function missing({ control, members, leases }: SweepView): readonly string[] {
  const wanted: readonly Member['state'][] =
    control.phase === 'FORMING' ? ['READY', 'STARTED', 'EXITED'] : ['STARTED', 'EXITED'];
  const here = members.filter((member) => wanted.includes(member.state)).map((member) => member.instanceId);
  return leases
    .map((lease) => lease.instanceId)
    .filter((instanceId) => !here.includes(instanceId))
    .sort();
}
