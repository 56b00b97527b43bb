import { LockstepError } from '#core/errors.ts';
import { isAbandoned } from '#core/gang/abandoned.ts';
import { hasEnded } from '#core/gang/phases.ts';
import type { Callback, MemberStore } from '#core/gang/ports.ts';
import type { QueueEntry } from '#core/gang/queue/entry.ts';
import type { Control } from '#core/gang/records.ts';
import { type SweepDecision, sweep } from '#core/gang/sweep.ts';
import { transition } from '#core/gang/transitions.ts';
import type { CrewStore } from '#core/inference/ports.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Workflows } from '#core/runs/ports.ts';
import type { Ids } from '#core/system/ports.ts';
import { readJson } from '#formats/json/json-object.ts';
import { type ReleasePorts, releaseGang } from './release-gang.ts';

/** What the sweep needs of the world. */
export interface SweepPorts extends ReleasePorts {
  readonly crews: CrewStore;
  readonly ids: Ids;
  readonly members: MemberStore;
  readonly callback: Callback;
  readonly objects: Objects;
  /** The executions that gangs belong to. */
  readonly executions: Pick<Workflows, 'describe'>;
}

/**
 * Looks at one gang from outside, and does what its own agents and its execution can no longer do or never could. True if
 * its execution has ended without releasing it.
 */
export async function sweepGang(ports: SweepPorts, entry: QueueEntry): Promise<boolean> {
  const { runId } = entry;
  const control = await ports.control.read(runId);
  if (control === undefined) {
    await ports.queue.remove(runId);
    return false;
  }
  if (await releaseAbandoned(ports, control, entry.queuedAtS * 1000)) return true;
  if (entry.admitted || hasEnded(control.phase)) await act(ports, control, await decide(ports, entry, control));
  return false;
}

/**
 * Releases a gang whose execution has ended without doing it, in whatever phase: the event that says so may have been lost,
 * the function that it starts may have failed, and nobody else would ever come for the hosts. True if that was so. Hosts
 * that are not gone at once are looked at by the next sweep: one gang must not keep it from the others.
 */
export async function releaseAbandoned(ports: SweepPorts, control: Control, bornMs: number): Promise<boolean> {
  const { runId, owner } = control;
  const execution = await ports.executions.describe(owner);
  if (!isAbandoned(execution?.status, ports.clock.wallMs() - bornMs)) return false;
  const status = execution?.status ?? 'unknown';
  ports.log.warn('the execution of a gang has ended without releasing it', { runId, owner, status });
  const phase = status === 'cancelled' ? 'CANCELLED' : 'FAILED';
  const options = { executionId: owner, phase, by: execution?.failure?.code ?? status, patienceMs: 0 } as const;
  try {
    await releaseGang(ports, runId, options);
  } catch (error) {
    if (!(error instanceof LockstepError && error.code === 'LS_TEARDOWN_FAILED')) throw error;
    ports.log.info('hosts of an ended execution are on their way out', { runId, message: error.message });
  }
  return true;
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

async function act(ports: SweepPorts, control: Control, decision: SweepDecision): Promise<void> {
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
  await ports.queue.note(runId, { watch: decision.watch });
}
