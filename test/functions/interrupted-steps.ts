/**
 * The steps of the training workflow and of its watchers, each in a situation that makes it do most of what it can. A
 * step is repeated as Step Functions, SQS and EventBridge repeat it; `holds` says what must then be so, however often and
 * wherever it was interrupted. `later` is what may have happened before one that was held up goes on.
 */
import { expect } from 'vitest';
import { restart } from '#core/gang/controller/restart.ts';
import type { Cause, Control } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';
import { OBJECTS } from '#core/names.ts';
import { acquisition, carried, type StateOf, type TrainingState } from '#core/training/state.ts';
import type { TaskResult } from '#core/training/task-result.ts';
import { restartGang } from '#flows/gang/restart-gang.ts';
import { publishResult } from '#flows/training/publish-result.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { admitGang } from '../../functions/admit-gang.ts';
import { awaitGang } from '../../functions/await-gang.ts';
import { decideGang } from '../../functions/decide-gang.ts';
import { hostEvents } from '../../functions/host-events.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { sweepGangs } from '../../functions/sweep-gangs.ts';
import { admitState, decideState, type GangWorld, gangWorld, JOB_URI, OWNER, runTask, START_S } from './gang-world.ts';

export type Ports = GangWorld['ports'];

export interface Step {
  readonly name: string;
  begin(): Promise<GangWorld>;
  /** `tries` counts from 0: Step Functions gives a repeated call another token. */
  call(ports: Ports, tries: number): Promise<unknown>;
  holds(world: GangWorld): Promise<void>;
  readonly later: Readonly<Record<string, (world: GangWorld) => Promise<unknown>>>;
  /** What may go on beside it; `holds` is then true all the same. */
  readonly beside?: Readonly<Record<string, (ports: Ports) => Promise<unknown>>>;
}

const RUN = 'a';
const POOL = 'g6.xlarge';
const FAILED: Cause = {
  kind: 'task-failed',
  rank: 0,
  exit: { code: 1, signal: null, message: 'boom', stopped: false },
};
const read = async ({ ports }: GangWorld): Promise<Control> => {
  const control = await ports.control.read(RUN);
  if (control === undefined) throw new Error('there is no gang');
  return control;
};
const alive = async ({ ports }: GangWorld) => (await ports.fleet.list({ runId: RUN })).map((host) => host.instanceId);
const leased = async ({ ports }: GangWorld) =>
  (await ports.leases.leases(RUN))
    .filter(({ releasedAt }) => releasedAt === undefined)
    .map(({ instanceId, attempt }) => ({ instanceId, attempt }));
const enqueue = (world: GangWorld, admitted: boolean) =>
  world.ports.queue.put({
    ...{ runId: RUN, jobUri: JOB_URI, priority: 0, queuedAtS: START_S, askedAtS: START_S, admitted },
    instanceTypes: [POOL],
  });

/** All that a step could have changed. */
export async function everything(world: GangWorld): Promise<object> {
  const { control, leases, queue, callback, objects, members, fleet } = world.ports;
  const keys: [string, string | undefined][] = [];
  for await (const { uri, etag } of objects.list('s3://data/')) keys.push([uri, etag]);
  return {
    control: await control.read(RUN),
    endings: await control.endings(RUN),
    leases: await leases.leases(RUN),
    hosts: await fleet.list({}),
    members: await members.list(RUN, 0),
    // What the sweep has seen is for itself, and may be told late.
    queue: (await queue.list()).map(({ watch: _, ...entry }) => entry),
    lock: (await queue.lock(POOL, { runId: 'somebody who looks', nowS: world.ports.clock.wallMs() / 1000, ttlS: 0 }))
      .runId,
    answers: [...callback.answers],
    keys,
  };
}

/** Goes on from a state until the workflow leaves the step, as its Pause and Route states do. */
async function through<Next extends TrainingState['next']>(
  state: StateOf<Next>,
  call: (state: StateOf<Next>) => Promise<TrainingState>,
  ports: Ports,
): Promise<TrainingState> {
  let now = state;
  for (let calls = 0; calls < 100; calls++) {
    const next = await call(now);
    if (next.next !== state.next) return next;
    now = next as StateOf<Next>;
    if ('waitS' in now) await ports.clock.sleep(now.waitS * 1000);
  }
  throw new Error(`${state.next} does not end`);
}

const decide = (ports: Ports) => through<'decide'>(decideState(RUN), (state) => decideGang(state, ports), ports);

async function acquire(ports: Ports): Promise<unknown> {
  const { attempt = 0 } = (await ports.control.read(RUN)) ?? {};
  const state = acquisition({ ...carried(admitState(RUN)), attempt });
  return await through<'acquire'>(state, (now) => acquireHosts(now, ports), ports);
}

const release = (ports: Ports) => {
  const failure = { code: 'LS_TASK_FAILED', message: 'rank 0 exited with code 1' };
  return releaseHosts({ ...carried(admitState(RUN)), next: 'release', failure } satisfies StateOf<'release'>, ports);
};

/** An execution that is over waits for no token any more. */
async function released({ ports }: GangWorld): Promise<void> {
  await release(ports);
  const { attempt = 0, phase = 'FAILED' } = (await ports.control.read(RUN)) ?? {};
  await ports.callback.succeed(RUN, { phase, attempt });
}

const later = {
  'the run has been released': released,
  'another gang has the pool': async (world: GangWorld) => {
    const { ports } = world;
    await released(world);
    await ports.queue.lock(POOL, { runId: 'b', nowS: ports.clock.wallMs() / 1000, ttlS: 1_000 });
  },
};
const restarted = async ({ ports }: GangWorld) => {
  await decide(ports);
  await acquire(ports);
};
async function attemptFailed(world: GangWorld): Promise<void> {
  await awaitGang(world.ports, runTask(RUN, 'token'));
  await world.ports.control.write(transition.stop(await read(world), 'failed', FAILED));
}

const admit: Step = {
  name: 'admit-gang',
  async begin() {
    const world = await gangWorld();
    await world.gang(RUN);
    return world;
  },
  call: (ports) => through<'admit'>(admitState(RUN), (state) => admitGang(state, ports), ports),
  async holds(world) {
    expect(await read(world)).toMatchObject({ phase: 'ACQUIRING', attempt: 0 });
    expect(await world.ports.queue.list()).toMatchObject([{ runId: RUN, admitted: false }]);
    expect(await everything(world)).toMatchObject({ lock: RUN });
  },
  later: { 'its hosts have come': ({ ports }) => acquire(ports), ...later },
};

const acquiring: Step = {
  name: 'acquire-hosts',
  async begin() {
    const world = await gangWorld();
    await world.gang(RUN);
    await admitGang(admitState(RUN), world.ports);
    return world;
  },
  call: (ports) => acquire(ports),
  async holds(world) {
    expect(await read(world)).toMatchObject({ phase: 'FORMING', attempt: 0 });
    expect(await alive(world)).toHaveLength(2);
    expect(await leased(world)).toEqual((await alive(world)).map((instanceId) => ({ instanceId, attempt: 0 })));
  },
  later: {
    'the attempt has failed': attemptFailed,
    'the next attempt has its hosts': async (world) => {
      await attemptFailed(world);
      await restarted(world);
    },
    ...later,
  },
};

const awaiting: Step = {
  name: 'await-gang',
  async begin() {
    const world = await gangWorld();
    await world.gang(RUN);
    await admitGang(admitState(RUN), world.ports);
    await acquire(world.ports);
    return world;
  },
  call: (ports, tries) => awaitGang(ports, runTask(RUN, `token ${tries}`, { retry: tries })),
  async holds(world) {
    expect([...world.ports.callback.answers]).toEqual([]);
    expect(await everything(world)).toMatchObject({ lock: 'somebody who looks', queue: [{ admitted: true }] });
    expect(await world.ports.callback.heartbeat(RUN)).toBe(true);
  },
  later: {
    'the attempt has ended, and the token that waits is answered': async ({ ports }) => {
      await ports.callback.succeed(RUN, { phase: 'STOPPING', attempt: 0 });
      expect([...ports.callback.answers.keys()]).toEqual(['token 1']);
    },
    ...later,
  },
};

const awaitingTheEnded: Step = {
  ...awaiting,
  name: 'await-gang, of an attempt that has ended',
  async begin() {
    const world = await gangWorld();
    await world.gang(RUN, { phase: 'STOPPING', cause: FAILED });
    await enqueue(world, false);
    return world;
  },
  async holds(world) {
    expect(world.ports.callback.answers.get('token 1')).toEqual({ phase: 'STOPPING', attempt: 0 });
  },
  later,
};

const deciding: Step = {
  name: 'decide-gang, of a gang that goes on',
  async begin() {
    const world = await gangWorld();
    const [, instanceId = ''] = await world.hosts(RUN, ['CLEAN', 'STARTED']);
    const cause: Cause = { kind: 'host-lost', instanceId, why: 'silent', evidence: 'no heartbeat' };
    await world.gang(RUN, { phase: 'STOPPING', cause });
    await enqueue(world, true);
    return world;
  },
  call: (ports) => decide(ports),
  async holds(world) {
    const charged = { user: 0, infrastructure: 1, preemption: 0 };
    expect(await read(world)).toMatchObject({ phase: 'ACQUIRING', attempt: 1, charged });
    expect(await world.ports.control.endings(RUN)).toHaveLength(1);
    expect(await alive(world)).toHaveLength(1);
    expect(await leased(world)).toEqual((await alive(world)).map((instanceId) => ({ instanceId, attempt: 1 })));
  },
  later: { 'the next attempt has its hosts': ({ ports }) => acquire(ports), ...later },
};

/** A gang whose hosts are all healthy: agents may do what Decide does, at any moment beside it. */
const restarting: Step = {
  name: 'decide-gang, of a gang that goes on as it is',
  async begin() {
    const world = await gangWorld();
    const ids = await world.hosts(RUN, ['CLEAN', 'CLEAN']);
    await world.gang(RUN, { phase: 'FORMING' });
    const own = { bootId: 'b', nonce: 'n', address: '', port: 0 };
    const hosts = ids.map((instanceId, rank) => ({
      ...{ ...own, instanceId },
      tasks: [{ rank, localRank: 0, accelerators: [] }],
    }));
    const roster = { runId: RUN, attempt: 0, hosts, masterAddress: '', masterPort: 1 };
    await world.ports.control.commit(transition.seal(await read(world), 'seal'), { roster });
    await enqueue(world, true);
    await attemptFailed(world);
    return world;
  },
  call: (ports) => decide(ports),
  async holds(world) {
    const charged = { user: 1, infrastructure: 0, preemption: 0 };
    expect(await read(world)).toMatchObject({ phase: 'STARTING', attempt: 1, charged });
    expect(await world.ports.control.endings(RUN)).toMatchObject([{ attempt: 0, isRestarted: true, replaced: [] }]);
    expect(await world.ports.control.roster(RUN, 1)).toMatchObject({ attempt: 1 });
    expect(await alive(world)).toHaveLength(2);
    expect(await leased(world)).toEqual((await alive(world)).map((instanceId) => ({ instanceId, attempt: 1 })));
  },
  later: {
    'the next attempt has failed, too, and the run is lost': async (world) => {
      await world.ports.control.write(transition.stop(await read(world), 'failed again', FAILED));
      for (const { instanceId } of (await world.ports.control.roster(RUN, 1))?.hosts ?? []) {
        await world.member(RUN, instanceId, 'CLEAN', { attempt: 1 });
      }
      await decide(world.ports);
      expect(await read(world)).toMatchObject({ phase: 'FAILED', attempt: 1 });
    },
    ...later,
  },
  beside: { 'an agent that restarts the gang': (ports) => restartByAgent(ports) },
};

/** What the agent of the first host does, with whatever it has read. */
async function restartByAgent(ports: Ports): Promise<void> {
  const limits = { restarts: { user: 1, infrastructure: 1, preemption: 0 } };
  const item = await ports.control.read(RUN);
  if (item === undefined) return;
  const roster = await ports.control.roster(RUN, item.attempt);
  const members = await ports.members.list(RUN, item.attempt);
  const { control } = await ports.control.write(transition.drain(item, 'agent/drain'));
  const again = control && restart({ control, roster, members }, limits, 'agent/restart');
  if (again !== undefined) await restartGang(ports, again);
}

const ending: Step = {
  ...deciding,
  name: 'decide-gang, of a gang that is lost',
  async begin() {
    const world = await deciding.begin();
    const spent = { user: 1, infrastructure: 1, preemption: 0 };
    const where = { attempt: 0, phaseIn: ['STOPPING'] } as const;
    await world.ports.control.write({ runId: RUN, where, set: { charged: spent }, clear: [], opId: 'spent' });
    return world;
  },
  async holds(world) {
    expect(await read(world)).toMatchObject({ phase: 'FAILED', attempt: 0, charged: { infrastructure: 1 } });
    expect(await world.ports.control.endings(RUN)).toMatchObject([{ attempt: 0, code: 'LS_HOST_LOST' }]);
  },
  later,
};

const MODEL = 'onnx';
const publishing: Step = {
  name: 'publish-result',
  async begin() {
    const world = await gangWorld();
    await world.gang(RUN, { phase: 'SUCCEEDED' });
    const result: TaskResult = {
      ...{ version: 1, runId: RUN, attempt: 0, metrics: {} },
      files: { 'model.onnx': { key: 'm', sizeBytes: MODEL.length, sha256: 'of the model' } },
    };
    const put = (key: string, text: string) => world.ports.objects.put(`s3://data/${key}`, Buffer.from(text));
    await put(`${OBJECTS.result(RUN, 0)}m`, MODEL);
    await put(`${OBJECTS.result(RUN, 0)}result.json`, JSON.stringify(result));
    return world;
  },
  call: (ports) => publishResult(ports, { ...carried(admitState(RUN)), next: 'publish' }),
  async holds({ ports }) {
    for (const key of [OBJECTS.trainManifest(RUN), OBJECTS.published('digits')]) {
      expect(JSON.parse(Buffer.from((await ports.objects.get(`s3://data/${key}`)).bytes).toString())).toMatchObject({
        runId: RUN,
      });
    }
  },
  later: {
    'a later run has published': async ({ ports }) => {
      const latest = Buffer.from(JSON.stringify({ runId: 'b', queuedAt: START_S + 1 }));
      await ports.objects.put(`s3://data/${OBJECTS.published('digits')}`, latest);
    },
    ...later,
  },
};

const releasing: Step = {
  name: 'release-hosts',
  async begin() {
    const world = await awaiting.begin();
    await world.ports.queue.lock(POOL, { runId: RUN, nowS: START_S, ttlS: 10_000 });
    return world;
  },
  call: (ports) => release(ports),
  async holds(world) {
    expect(await read(world)).toMatchObject({ phase: 'FAILED', cause: { kind: 'cancelled', by: 'LS_TASK_FAILED' } });
    expect(await alive(world)).toEqual([]);
    expect(await leased(world)).toEqual([]);
    expect(await everything(world)).toMatchObject({ lock: 'somebody who looks', queue: [] });
  },
  later,
};

/** What a release ends may be about to begin. */
const releasingBeside: readonly Step[] = [
  {
    ...releasing,
    name: 'release-hosts, of a gang that still acquires',
    begin: () => acquiring.begin(),
    later: {},
    beside: { 'acquire-hosts': (ports) => acquire(ports), 'admit-gang': (ports) => admitGang(admitState(RUN), ports) },
  },
  {
    ...releasing,
    name: 'release-hosts, of a gang that is about to go on',
    begin: () => deciding.begin(),
    async holds(world) {
      expect(['FAILED', 'CANCELLED']).toContain((await read(world)).phase);
      expect(await alive(world)).toEqual([]);
      expect(await leased(world)).toEqual([]);
      expect(await world.ports.queue.list()).toEqual([]);
    },
    later: {},
    beside: { 'decide-gang': (ports) => decide(ports), 'sweep-gangs': (ports) => sweepGangs(ports) },
  },
  {
    ...releasing,
    name: 'release-hosts, of a gang that its agents are about to begin again',
    begin: () => restarting.begin(),
    async holds(world) {
      expect(['FAILED', 'CANCELLED']).toContain((await read(world)).phase);
      expect(await alive(world)).toEqual([]);
      expect(await leased(world)).toEqual([]);
    },
    later: {},
    beside: { 'an agent that restarts the gang': (ports) => restartByAgent(ports) },
  },
];

const sweeping: Step = {
  name: 'sweep-gangs, of a gang that does not form',
  async begin() {
    const world = await awaiting.begin();
    await awaitGang(world.ports, runTask(RUN, 'token'));
    await sweepGangs(world.ports);
    await world.ports.clock.sleep(301_000);
    return world;
  },
  call: (ports) => sweepGangs(ports),
  async holds(world) {
    expect(await read(world)).toMatchObject({ phase: 'STOPPING', cause: { kind: 'not-formed' } });
    expect([...world.ports.callback.answers]).toEqual([['token', { phase: 'STOPPING', attempt: 0 }]]);
    expect(await alive(world)).toHaveLength(2);
  },
  later: { 'the next attempt has its hosts': restarted, ...later },
};

const repeating: Step = {
  name: 'sweep-gangs, of a gang that is over',
  async begin() {
    const world = await gangWorld();
    await world.gang(RUN, { phase: 'SUCCEEDED' });
    await enqueue(world, true);
    await awaitGang(world.ports, runTask(RUN, 'token'));
    return world;
  },
  call: (ports) => sweepGangs(ports),
  async holds(world) {
    expect(world.ports.callback.answers.get('token')).toEqual({ phase: 'SUCCEEDED', attempt: 0 });
  },
  later,
};

const reconciling: Step = {
  name: 'sweep-gangs, of a gang that is over, and its execution too',
  async begin() {
    const world = await awaiting.begin();
    const where = { attempt: 0, phaseIn: ['FORMING'] } as const;
    await world.ports.control.write({ runId: RUN, where, set: { phase: 'SUCCEEDED' }, clear: [], opId: 'done' });
    await world.ports.executions.stop(OWNER, 'by somebody, before its release');
    return world;
  },
  call: (ports) => sweepGangs(ports),
  async holds(world) {
    expect(await alive(world)).toEqual([]);
    expect(await leased(world)).toEqual([]);
    expect(await world.ports.queue.list()).toEqual([]);
  },
  later: {},
};

const watching: Step = {
  name: 'host-events, of a host that is gone',
  async begin() {
    const world = await awaiting.begin();
    await awaitGang(world.ports, runTask(RUN, 'token'));
    world.ports.fleet.lose((await alive(world))[0] ?? '');
    return world;
  },
  async call(ports) {
    const gone = (await ports.leases.leases(RUN))[0]?.instanceId;
    const body = {
      'detail-type': 'EC2 Instance State-change Notification',
      detail: { 'instance-id': gone, state: 'terminated' },
    };
    const { batchItemFailures } = await hostEvents(
      { Records: [{ messageId: 'm', body: JSON.stringify(body) }] },
      ports,
    );
    // What fails comes again.
    if (batchItemFailures.length > 0) throw new Error('comes again');
  },
  async holds(world) {
    expect(await read(world)).toMatchObject({ phase: 'STOPPING', cause: { kind: 'host-lost', why: 'gone' } });
    expect([...world.ports.callback.answers]).toEqual([['token', { phase: 'STOPPING', attempt: 0 }]]);
  },
  later: { 'the next attempt has its hosts': restarted, ...later },
};

export const STEPS: readonly Step[] = [
  ...[admit, acquiring, awaiting, awaitingTheEnded, deciding, restarting, ending],
  ...[publishing, releasing, ...releasingBeside, sweeping, repeating, reconciling, watching],
];
