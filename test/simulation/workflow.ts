import type { MemoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryCooldowns } from '#adapters/memory/memory-cooldowns.ts';
import { memoryCrews } from '#adapters/memory/memory-crews.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryQueue } from '#adapters/memory/memory-queue.ts';
import { memoryWorkflows } from '#adapters/memory/memory-workflows.ts';
import type { Fleet } from '#core/fleet/ports.ts';
import { newGang } from '#core/gang/new-gang.ts';
import { GANG_DEFAULTS, TRAIN_LIMITS } from '#core/job/defaults.ts';
import type { TrainJob } from '#core/job/job.ts';
import { carried, type Deciding, type StateOf, type TrainingState } from '#core/training/state.ts';
import { watchHost } from '#flows/gang/host-watch.ts';
import { publishResult } from '#flows/training/publish-result.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { admitGang } from '../../functions/admit-gang.ts';
import { awaitGang } from '../../functions/await-gang.ts';
import { decideGang } from '../../functions/decide-gang.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { sweepGangs } from '../../functions/sweep-gangs.ts';
import { over } from './network.ts';
import type { SimWorld } from './sim-host.ts';

export interface Workflow {
  readonly world: SimWorld;
  readonly fleet: Fleet;
  /** Hosts of the gang. */
  readonly size: number;
  readonly maxDurationS: number;
}

const OWNER = 'training:sim';
const BUCKET = 'data';
const JOB_URI = `s3://${BUCKET}/job.json`;

/** Budgets that no history here uses up: whatever goes wrong, the run has to succeed in the end. */
export const RESTARTS = { user: 10, infrastructure: 50, preemption: 50 } as const;

const jobOf = ({ size, maxDurationS }: Workflow): TrainJob => ({
  ...{ kind: 'train', name: 'sim', publish: 'sim', task: { command: ['/usr/bin/true'], env: {} } },
  gang: { ...GANG_DEFAULTS, hosts: size, tasksPerHost: 2, instanceTypes: ['g6.12xlarge'] },
  limits: {
    ...TRAIN_LIMITS,
    ...{ maxDurationS, maxQueueS: 600, formTimeoutS: 120, barrierTimeoutS: 120, checkpoints: 3, graceS: 10 },
    restarts: RESTARTS,
  },
});

/** What the functions reach, over a network that is as bad for them as for the hosts. */
async function functionPorts(workflow: Workflow) {
  const { world, fleet } = workflow;
  const { clock, ports } = world;
  const line = { isCut: false, awake: async () => undefined };
  let count = 0;
  const executions = memoryWorkflows({ clock });
  await executions.start('training', 'sim', {});
  const objects = memoryObjects();
  await objects.put(JOB_URI, new TextEncoder().encode(JSON.stringify(jobOf(workflow))));
  return {
    ...{ clock, fleet, objects, bucket: BUCKET, zones: ['a'], log: ports.log },
    ids: { next: () => `id-${count++}` },
    ...{ control: over(ports.control, line, world), members: over(ports.members, line, world) },
    ...{ leases: over(ports.leases, line, world), callback: over(ports.callback, line, world) },
    ...{ queue: over(memoryQueue(), line, world), cooldowns: over(memoryCooldowns(), line, world) },
    crews: memoryCrews(),
    ...{ executions, metrics: { put: () => undefined } },
  };
}

type Ports = Awaited<ReturnType<typeof functionPorts>>;

/** The states of the training workflow from Admit to Release, what EC2 says of hosts, and the sweep every minute. */
export async function runWorkflow(workflow: Workflow): Promise<void> {
  const { world, size } = workflow;
  const { clock, runId, say } = world;
  const ports = await functionPorts(workflow);
  await world.ports.control.create(
    newGang({ runId, owner: OWNER, hosts: size, tasksPerHost: 2, specHash: '', opId: 'new' }),
  );
  world.onGone = (instanceId) => void tellOf(instanceId, workflow, ports);
  void sweepForEver(ports, world);

  const queuedAt = clock.wallMs() / 1000;
  const at = { runId, execution: { id: OWNER }, jobUri: JOB_URI, queuedAt, attempt: 0 };
  let state: TrainingState = { ...at, next: 'admit', waitS: 0 };
  for (let visits = 0; state.next !== 'release'; visits++) {
    if (visits > 2_000) throw new Error('the workflow goes round in circles');
    if ('waitS' in state && state.waitS > 0) await clock.sleep(state.waitS * 1000);
    state = await visit(state, world, ports);
    say(`workflow → ${state.next}`);
  }
  const { code = '', message = '' } = state.failure ?? {};
  say(`ends: ${code} ${message}`);
  const ended = state;
  await invoke(world, () => releaseHosts(ended, ports));
  const left = (await world.ports.leases.leases(runId)).filter(({ releasedAt }) => releasedAt === undefined);
  world.checker.expect(left.length === 0, 'leases are left after the release');
  world.checker.expect(
    state.failure !== undefined || state.manifestUri !== undefined,
    'the run ended without a result and without a reason',
  );
}

async function visit(state: TrainingState, world: SimWorld, ports: Ports): Promise<TrainingState> {
  switch (state.next) {
    case 'admit':
      return await invoke(world, () => admitGang(state, ports));
    case 'acquire':
      return await invoke(world, () => acquireHosts(state, ports));
    case 'run': {
      const ended = await runState(state, world, ports);
      return await invoke(world, () => decideGang(ended, ports));
    }
    case 'decide':
      return await invoke(world, () => decideGang(state, ports));
    case 'publish':
      return await invoke(world, () => publishResult(ports, state));
    default:
      throw new Error(`the simulation has no state ${state.next}`);
  }
}

/** As Step Functions runs the state: a token for each try; it ends by the answer to the last, or by itself. */
async function runState(state: StateOf<'run'>, world: SimWorld, ports: Ports): Promise<Deciding> {
  const { clock } = world;
  const enteredMs = clock.wallMs();
  let token = '';
  await invoke(world, async (retry) => {
    const own = `token of ${enteredMs}, try ${retry}`;
    token = own;
    await awaitGang(ports, { state, token: own, enteredMs, retry });
  });
  const outcome = await answered(state, token, world);
  if (outcome === undefined) world.say('the Run state ends by itself');
  return outcome === undefined ? state : { ...carried(state), next: 'decide', waitS: 0 };
}

async function answered({ timeoutS, heartbeatS }: StateOf<'run'>, token: string, { clock, ports, runId }: SimWorld) {
  const callback = ports.callback as MemoryCallback;
  const startedMs = clock.monotonicMs();
  let beat = { count: callback.heartbeats(runId), atMs: startedMs };
  while (!callback.answers.has(token)) {
    const nowMs = clock.monotonicMs();
    const count = callback.heartbeats(runId);
    if (count !== beat.count) beat = { count, atMs: nowMs };
    if (nowMs - startedMs >= timeoutS * 1000 || nowMs - beat.atMs >= heartbeatS * 1000) return undefined;
    await clock.sleep(100);
  }
  return callback.answers.get(token);
}

/** A state retries what is transient, and what has not answered in time: that call may go on all the same. */
async function invoke<T>(world: SimWorld, call: (retry: number) => Promise<T>): Promise<T> {
  const { clock, dice } = world;
  for (let retry = 0; ; retry++) {
    const running = call(retry);
    running.catch(() => undefined);
    const isCutOff = dice.chance(world.weather.cutOff);
    try {
      if (!isCutOff) return await running;
      const late = clock.sleep(dice.between(5, 1_500)).then(() => undefined);
      const result = await Promise.race([running.then((value) => ({ value })), late]);
      if (result !== undefined) return result.value;
      world.say('a function goes on that the workflow has given up');
    } catch (error) {
      if (String(error) !== 'Error: connection lost') throw error;
      await clock.sleep(1_000);
    }
  }
}

/** EventBridge tells of a host that has gone: some time later, and sometimes twice. */
async function tellOf(instanceId: string, { world }: Workflow, ports: Ports): Promise<void> {
  const { clock, dice } = world;
  const event = {
    'detail-type': 'EC2 Instance State-change Notification',
    detail: { 'instance-id': instanceId, state: 'terminated' },
  };
  for (let times = dice.chance(0.2) ? 2 : 1; times > 0; times--) {
    await clock.sleep(dice.between(500, 40_000));
    await invoke(world, () => watchHost(ports, event));
  }
}

async function sweepForEver(ports: Ports, { clock }: SimWorld): Promise<never> {
  for (;;) {
    await clock.sleep(60_000);
    await sweepGangs(ports).catch(() => undefined);
  }
}
