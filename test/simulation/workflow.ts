import type { MemoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryQueue } from '#adapters/memory/memory-queue.ts';
import { memoryWorkflows } from '#adapters/memory/memory-workflows.ts';
import type { Fleet } from '#core/fleet/ports.ts';
import { newGang } from '#core/gang/new-gang.ts';
import { transition } from '#core/gang/transitions.ts';
import type { TrainLimits } from '#core/job/job.ts';
import type { Ids } from '#core/system/ports.ts';
import { acquisition, awaiting, carried, type StateOf } from '#core/training/state.ts';
import type { ControllerPorts } from '#flows/gang/gang-controller.ts';
import { sweepGang } from '#flows/gang/gang-sweep.ts';
import { awaitGang } from '../../functions/await-gang.ts';
import { decideGang } from '../../functions/decide-gang.ts';
import { over } from './network.ts';
import { SimHost, type SimWorld } from './sim-host.ts';

export interface Workflow {
  readonly world: SimWorld;
  readonly fleet: Fleet;
  readonly hosts: Map<string, SimHost>;
  /** Hosts of the gang. */
  readonly size: number;
}

const LIMITS: TrainLimits = {
  maxDurationS: 3600,
  maxQueueS: 600,
  formTimeoutS: 120,
  barrierTimeoutS: 120,
  checkpoints: 3,
  graceS: 10,
  restarts: { user: 2, infrastructure: 5, preemption: 5 },
};

const OWNER = 'arn:e';
const JOB_URI = 's3://bucket/job.json';

/** The states of the training workflow from Acquire to Release, and the sweep every minute. */
export async function runWorkflow({ world, fleet, hosts, size }: Workflow): Promise<void> {
  const { clock, dice, runId, ports, say } = world;
  let count = 0;
  const ids: Ids = { next: () => `id-${count++}` };
  const queue = memoryQueue();
  const objects = memoryObjects();
  const executions = memoryWorkflows({ clock });
  await objects.put(JOB_URI, new TextEncoder().encode(JSON.stringify({ limits: LIMITS })));
  const line = { isCut: false, awake: async () => undefined };
  const controller: ControllerPorts = {
    ...{ clock, ids, fleet },
    control: over(ports.control, line, world),
    members: over(ports.members, line, world),
    leases: over(ports.leases, line, world),
  };
  const asked = {
    runId,
    jobUri: JOB_URI,
    priority: 0,
    queuedAtS: clock.wallMs() / 1000,
    askedAtS: 0,
    instanceTypes: [],
  };
  await queue.put({ ...asked, admitted: true });
  await ports.control.create({
    ...newGang({ runId, owner: OWNER, hosts: size, tasksPerHost: 2, specHash: '', opId: 'new' }),
    phase: 'ACQUIRING',
  });
  void sweepForEver(async () => {
    for (const entry of await queue.list())
      await sweepGang({ ...ports, ...controller, queue, objects, executions }, entry);
  }, world);

  const at = { runId, execution: { id: OWNER }, jobUri: JOB_URI, queuedAt: asked.queuedAtS, attempt: 0 };
  let state: StateOf<'acquire' | 'run' | 'decide' | 'publish' | 'release'> = acquisition(at);
  for (let visits = 0; state.next !== 'publish' && state.next !== 'release'; visits++) {
    if (visits > 2_000) throw new Error('the workflow goes round in circles');
    if ('waitS' in state && state.waitS > 0) await clock.sleep(state.waitS * 1000);
    if (state.next === 'acquire') {
      await acquire({ world, fleet, hosts, size });
      state = awaiting(state, LIMITS.maxDurationS);
    } else if (state.next === 'run') {
      const [token, running] = [`token-${visits}`, state];
      const visit = { enteredMs: clock.wallMs(), retry: 0 };
      await again(world, () => awaitGang({ ...ports, queue }, { state: running, token, ...visit }));
      await answered(world, token);
      state = { ...carried(state), next: 'decide', waitS: 0 };
    } else {
      const ended: StateOf<'decide'> = state;
      state = await again(world, () => decideGang(ended, { ...controller, objects }));
    }
    say(`workflow → ${state.next}`);
  }
  const { code = '', message = '' } = (state.next === 'release' && state.failure) || {};
  say(`ends: ${state.next} ${code} ${message}`);
  await clock.sleep(dice.between(2_000, 5_000));
  await fleet.terminate([...hosts.keys()]);
  while ((await fleet.remaining([...hosts.keys()])).length > 0) await clock.sleep(1_000);
}

/** All the hosts that are missing, all at once, as acquire-hosts does. */
async function acquire({ world, hosts, size }: Workflow): Promise<void> {
  const { clock, dice, runId, ports, say } = world;
  const control = await ports.control.read(runId);
  if (control?.phase !== 'ACQUIRING') return;
  const { attempt } = control;
  const live = (await ports.leases.leases(runId)).filter((lease) => lease.releasedAt === undefined);
  const missing = size - live.length;
  await clock.sleep(dice.between(500, 3_000));
  const ids = Array.from({ length: missing }, (_, index) => `i-${String(hosts.size + index).padStart(3, '0')}`);
  for (const instanceId of ids) {
    void clock.sleep(dice.between(1, 8_000)).then(() => {
      const host = hosts.get(instanceId);
      if (host === undefined) hosts.set(instanceId, new SimHost(instanceId, world));
    });
  }
  await clock.sleep(dice.between(10, 500));
  const lease = { runId, attempt, instanceType: 'g6.12xlarge', zone: 'a', market: 'spot', acquiredAt: clock.wallMs() };
  await ports.leases.grant(ids.map((instanceId) => ({ ...lease, instanceId })));
  say(`acquired ${ids.join(', ') || 'nothing'}, kept ${live.map((one) => one.instanceId).join(', ') || 'nothing'}`);
  await ports.control.write(transition.form(control, `acquire-${attempt}`));
}

async function answered({ clock, ports }: SimWorld, token: string): Promise<void> {
  const { answers } = ports.callback as MemoryCallback;
  while (!answers.has(token)) await clock.sleep(100);
}

/** A state of the workflow retries what is transient. */
async function again<T>({ clock }: SimWorld, call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (String(error) !== 'Error: connection lost') throw error;
      await clock.sleep(1_000);
    }
  }
}

async function sweepForEver(sweepAll: () => Promise<void>, { clock }: SimWorld): Promise<never> {
  for (;;) {
    await clock.sleep(60_000);
    await sweepAll().catch(() => undefined);
  }
}
