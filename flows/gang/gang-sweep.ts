import type { LeaseStore } from '#core/fleet/ports.ts';
import { hasEnded } from '#core/gang/phases.ts';
import type { Callback, ControlStore, GangQueue, MemberStore } from '#core/gang/ports.ts';
import type { QueueEntry } from '#core/gang/queue/entry.ts';
import type { Control } from '#core/gang/records.ts';
import { type SweepDecision, sweep } from '#core/gang/sweep.ts';
import { transition } from '#core/gang/transitions.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock, Ids } from '#core/system/ports.ts';
import { readJson } from '#formats/json/json-object.ts';

/** What the sweep needs of the world. */
export interface SweepPorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly control: ControlStore;
  readonly members: MemberStore;
  readonly leases: LeaseStore;
  readonly callback: Callback;
  readonly queue: GangQueue;
  readonly objects: Objects;
}

/** Looks at one gang from outside, and does what its own agents can no longer do or never could. */
export async function sweepGang(ports: SweepPorts, entry: QueueEntry): Promise<void> {
  const { runId } = entry;
  const control = await ports.control.read(runId);
  if (control === undefined) return await ports.queue.remove(runId);
  if (!entry.admitted && !hasEnded(control.phase)) return;
  await act(ports, { entry, control, decision: await decide(ports, entry, control) });
}

async function decide(ports: SweepPorts, entry: QueueEntry, control: Control): Promise<SweepDecision> {
  const { runId, attempt } = control;
  const [members, leases, beats, job] = await Promise.all([
    ports.members.list(runId, attempt),
    ports.leases.leases(runId),
    ports.members.beats(runId, attempt),
    readJson<TrainJob>(ports.objects, entry.jobUri),
  ]);
  return sweep(entry.watch, {
    control,
    members,
    leases: leases.filter((lease) => lease.releasedAt === undefined),
    beats: [...beats.values()].reduce((sum, beat) => sum + beat, 0),
    queuedAtS: entry.queuedAtS,
    limits: job.value.limits,
    nowS: Math.floor(ports.clock.wallMs() / 1000),
  });
}

interface Found {
  readonly entry: QueueEntry;
  readonly control: Control;
  readonly decision: SweepDecision;
}

async function act(ports: SweepPorts, { entry, control, decision }: Found): Promise<void> {
  const { runId, attempt } = control;
  let { phase } = control;
  if (decision.stop !== undefined) {
    const { won, control: now } = await ports.control.write(
      transition.stop(control, `sweep/${ports.ids.next()}`, decision.stop),
    );
    phase = now?.phase ?? phase;
    if (!won && !hasEnded(phase)) return;
  }
  if (decision.answer) await ports.callback.succeed(runId, { phase, attempt });
  if (decision.heartbeat) await ports.callback.heartbeat(runId);
  if (decision.forget) return await ports.queue.remove(runId);
  await ports.queue.put({ ...entry, watch: decision.watch });
}
