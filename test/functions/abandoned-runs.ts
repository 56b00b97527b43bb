/**
 * A whole run on memory ports, where no event ever arrives: nobody is told that an execution has ended or that a host has
 * gone, and hosts end only when they are terminated. What then looks after the gang is the sweep alone.
 */
import type { MemoryFleet } from '#adapters/memory/memory-fleet.ts';
import type { Fleet } from '#core/fleet/ports.ts';
import type { Host } from '#core/fleet/records.ts';
import type { Cause, Phase } from '#core/gang/records.ts';
import { OBJECTS } from '#core/names.ts';
import type { Clock } from '#core/system/ports.ts';
import { carried, type EndingState, type TrainingState } from '#core/training/state.ts';
import type { TaskResult } from '#core/training/task-result.ts';
import { publishResult } from '#flows/training/publish-result.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { admitGang } from '../../functions/admit-gang.ts';
import { awaitGang } from '../../functions/await-gang.ts';
import { decideGang } from '../../functions/decide-gang.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { sweepGangs } from '../../functions/sweep-gangs.ts';
import { admitState, type GangWorld, gangWorld, OWNER, runTask } from './gang-world.ts';

export type Ports = Omit<GangWorld['ports'], 'fleet'> & { readonly fleet: Fleet };
export const FUNCTIONS = ['admit', 'acquire', 'await', 'decide', 'publish', 'release'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];
/** What a function reaches: the ports, or some on which it fails. */
export type PortsOf = (name: FunctionName) => Ports;

export const RUN = 'a';
/** How long a host takes from being told to end to its end. */
const ENDS_AFTER_MS = 90_000;
const FAILED: Cause = { kind: 'task-failed', rank: 0, exit: { code: 1, signal: null, stopped: false } };

export type RunWorld = Awaited<ReturnType<typeof runWorld>>;

/** A run in the queue, whose first attempt will fail and whose second succeeds. */
export async function runWorld() {
  const world = await gangWorld();
  await world.gang(RUN);
  const ports: Ports = { ...world.ports, fleet: slowFleet(world.ports.fleet, world.ports.clock) };
  const put = (key: string, text: string) => ports.objects.put(`s3://data/${key}`, Buffer.from(text));
  const result: TaskResult = { ...{ version: 1, runId: RUN, attempt: 1, metrics: {} }, files: {} };
  await put(`${OBJECTS.result(RUN, 1)}result.json`, JSON.stringify(result));
  return { ...world, ports };
}

/** What of the run may still cost something, or stand in the way of others. */
export async function leftOf({ ports }: RunWorld) {
  const control = await ports.control.read(RUN);
  return {
    hosts: (await ports.fleet.list({})).map(({ instanceId }) => instanceId),
    leases: (await ports.leases.leases(RUN)).filter(({ releasedAt }) => releasedAt === undefined),
    queue: await ports.queue.list(),
    phase: control?.phase,
  };
}

/** Sweeps every minute for so long. */
export async function sweepFor({ ports }: RunWorld, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    await sweepGangs(ports);
    await ports.clock.sleep(60_000);
  }
}

/** Step Functions, as far as the training workflow needs it: every function is retried, its last failure leads to Release. */
export async function execute(world: RunWorld, portsOf: PortsOf): Promise<void> {
  const { executions } = world.ports;
  let state: TrainingState = admitState(RUN);
  try {
    let ending: EndingState;
    try {
      for (let visits = 0; state.next !== 'release'; visits++) {
        if (visits > 200) throw new Error('the workflow goes round in circles');
        if ('waitS' in state) await world.ports.clock.sleep(state.waitS * 1000);
        state = await visit(state, world, portsOf);
        await sweepGangs(world.ports);
      }
      ending = state;
    } catch (error) {
      if (error instanceof Stopped) throw error;
      ending = { ...state, error: { Error: String(error) } };
    }
    await call(world, () => releaseHosts(ending, portsOf('release')));
    const failure = ending.failure ?? ending.error;
    executions.end(OWNER, failure === undefined ? { output: {} } : { failure: { code: 'failed', message: '' } });
  } catch (error) {
    // Step Functions has ended it; or else not even Release came to its end.
    if (!(error instanceof Stopped)) executions.end(OWNER, { failure: { code: 'LS_TEARDOWN_FAILED', message: '' } });
  }
}

/** The execution was ended from outside: no state runs any more. */
class Stopped extends Error {}

async function visit(state: TrainingState, world: RunWorld, portsOf: PortsOf): Promise<TrainingState> {
  switch (state.next) {
    case 'admit':
      return await call(world, () => admitGang(state, portsOf('admit')));
    case 'acquire':
      return await call(world, () => acquireHosts(state, portsOf('acquire')));
    case 'run':
      await call(world, (retry) => awaitGang(portsOf('await'), runTask(RUN, 'token', { state, retry })));
      await playAgents(world, state.attempt);
      return { ...carried(state), next: 'decide', waitS: 0 };
    case 'decide':
      return await call(world, () => decideGang(state, portsOf('decide')));
    case 'publish':
      return await call(world, () => publishResult(portsOf('publish'), state));
    default:
      throw new Error(`there is no state ${state.next}`);
  }
}

async function call<T>({ ports }: RunWorld, run: (retry: number) => Promise<T>): Promise<T> {
  for (let retry = 0; ; retry++) {
    if ((await ports.executions.describe(OWNER))?.status !== 'running') throw new Stopped();
    try {
      return await run(retry);
    } catch (error) {
      if (retry === 4) throw error;
      await ports.clock.sleep(1_000 * 2 ** retry);
    }
  }
}

/** What agents do in one attempt: join, run, and prove themselves clean. */
async function playAgents({ ports }: RunWorld, attempt: number): Promise<void> {
  for (const lease of await ports.leases.leases(RUN)) {
    if (lease.attempt !== attempt || lease.releasedAt !== undefined) continue;
    await ports.members.put({
      ...{ runId: RUN, attempt, instanceId: lease.instanceId, bootId: 'b', nonce: 'n', seq: 1, state: 'CLEAN' },
      ...{ address: '', port: 0, masterPort: 0, accelerators: [], exits: {} },
    });
  }
  const phase: Phase = attempt === 0 ? 'STOPPING' : 'SUCCEEDED';
  const where = { attempt, phaseIn: ['FORMING'] } as const;
  const set = attempt === 0 ? { phase, cause: FAILED } : { phase };
  await ports.control.write({ runId: RUN, where, set, clear: [], opId: `agents/${attempt}` });
}

/** Hosts that take their time to end, as those of EC2 do. */
function slowFleet(fleet: MemoryFleet, clock: Clock): Fleet {
  const endsAtMs = new Map<string, number>();
  const seen = (hosts: readonly Host[]): readonly Host[] =>
    hosts.map((host) => (endsAtMs.has(host.instanceId) ? { ...host, state: 'shutting-down' } : host));
  function pass(): void {
    for (const [instanceId, atMs] of endsAtMs) {
      if (clock.wallMs() < atMs) continue;
      fleet.lose(instanceId);
      endsAtMs.delete(instanceId);
    }
  }
  return {
    ...fleet,
    async list(filter) {
      pass();
      return seen(await fleet.list(filter));
    },
    async find(ids) {
      pass();
      return seen(await fleet.find(ids));
    },
    async terminate(ids) {
      for (const id of ids) if (!endsAtMs.has(id)) endsAtMs.set(id, clock.wallMs() + ENDS_AFTER_MS);
    },
  };
}
