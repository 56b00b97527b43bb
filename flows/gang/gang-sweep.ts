import { hasEnded, isTerminal } from '#core/gang/phases.ts';
import type { Callback, MemberStore } from '#core/gang/ports.ts';
import type { QueueEntry } from '#core/gang/queue/entry.ts';
import type { Control } from '#core/gang/records.ts';
import { type SweepDecision, sweep } from '#core/gang/sweep.ts';
import { transition } from '#core/gang/transitions.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Workflows } from '#core/runs/ports.ts';
import type { Ids } from '#core/system/ports.ts';
import { readJson } from '#formats/json/json-object.ts';
import { type ReleasePorts, releaseGang } from './release-gang.ts';

/** What the sweep needs of the world. */
export interface SweepPorts extends ReleasePorts {
  readonly ids: Ids;
  readonly members: MemberStore;
  readonly callback: Callback;
  readonly objects: Objects;
  /** The executions that gangs belong to. */
  readonly executions: Pick<Workflows, 'describe'>;
}

/** One gang whose hosts are slow to go must not keep the sweep from the others; the next sweep goes on. */
const RELEASE_PATIENCE_MS = 60_000;

/** Looks at one gang from outside, and does what its own agents can no longer do or never could. */
export async function sweepGang(ports: SweepPorts, entry: QueueEntry): Promise<void> {
  const { runId } = entry;
  const control = await ports.control.read(runId);
  if (control === undefined) return await ports.queue.remove(runId);
  if (!isTerminal(control.phase) && (await releaseAbandoned(ports, control))) return;
  if (!entry.admitted && !hasEnded(control.phase)) return;
  await act(ports, control, await decide(ports, entry, control));
}

/**
 * Releases a gang whose execution has ended without doing it: the event that says so may have been lost, and nobody else
 * would ever come for the hosts. True if that was so.
 */
async function releaseAbandoned(ports: SweepPorts, { runId, owner }: Control): Promise<boolean> {
  const execution = await ports.executions.describe(owner);
  if (execution === undefined || execution.status === 'running') return false;
  const phase = execution.status === 'cancelled' ? 'CANCELLED' : 'FAILED';
  ports.log.warn('the execution of a gang has ended without releasing it', { runId, owner, status: execution.status });
  const options = { executionId: owner, phase, by: execution.failure?.code ?? execution.status } as const;
  await releaseGang(ports, runId, { ...options, patienceMs: RELEASE_PATIENCE_MS });
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
  if (decision.forget) return await ports.queue.remove(runId);
  await ports.queue.note(runId, { watch: decision.watch });
}
