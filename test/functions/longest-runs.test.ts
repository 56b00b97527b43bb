/**
 * The longest legal runs of every limit, against what Step Functions allows an execution: 25,000 events of history, and
 * 262,144 bytes for a state. Each would have died of one of them, in the middle of what it was doing.
 */
import { describe, expect, it } from 'vitest';
import { memoryWarehouse } from '#adapters/memory/memory-warehouse.ts';
import type { Fleet } from '#core/fleet/ports.ts';
import type { LaunchFailure } from '#core/fleet/records.ts';
import { newGang } from '#core/gang/new-gang.ts';
import { entryOf } from '#core/gang/queue/admit.ts';
import type { Cause } from '#core/gang/records.ts';
import { LONGEST_RUN_S, LONGEST_WAIT_S, TRAIN_LIMITS } from '#core/job/defaults.ts';
import { RESTARTS_MAX } from '#core/job/feasibility.ts';
import type { TrainJob } from '#core/job/job.ts';
import { INSTANCE_TYPES } from '#core/resources/instance-types.ts';
import { carried, type StateOf, type TrainingState } from '#core/training/state.ts';
import { stageData } from '#flows/training/stage-data.ts';
import { acquireHosts } from '../../functions/acquire-hosts.ts';
import { admitGang } from '../../functions/admit-gang.ts';
import { decideGang } from '../../functions/decide-gang.ts';
import { releaseHosts } from '../../functions/release-hosts.ts';
import { admitState, gangWorld, JOB, JOB_URI, OWNER, START_S } from './gang-world.ts';
import { execute, type LongExecution, type Tasks } from './long-execution.ts';

const HISTORY_EVENTS = 25_000;
/** What is left for functions that are retried, whose events nobody foresees. */
const FOR_RETRIES = 4_000;
const STATE_BYTES = 262_144;
const RUN = 'a';
const DAY_S = 24 * 3600;
/** An execution lives no longer than this, see infra/training-workflow.ts. */
const EXECUTION_S = 21 * DAY_S;

/** All that a job may ask for. */
const LONGEST: TrainJob = {
  ...JOB,
  gang: { ...JOB.gang, markets: ['spot', 'on-demand'], instanceTypes: [...INSTANCE_TYPES.keys()].slice(0, 8) },
  limits: {
    ...{ ...TRAIN_LIMITS, maxDurationS: LONGEST_RUN_S, maxQueueS: LONGEST_WAIT_S },
    restarts: { user: 0, infrastructure: RESTARTS_MAX, preemption: 0 },
  },
};

interface Story {
  readonly job?: TrainJob;
  /** What the run does first. @default 'admit' */
  readonly first?: 'stage' | 'admit';
  readonly fleet?: (world: World) => Partial<Fleet>;
  /** What becomes of an attempt that has its hosts. */
  readonly attempt?: (world: World, attempt: number) => Promise<void>;
  readonly before?: (world: World) => Promise<void>;
}

type World = Awaited<ReturnType<typeof gangWorld>>;

async function longRun(story: Story): Promise<LongExecution & { readonly tookS: number }> {
  const world = await gangWorld();
  const { job = LONGEST, first = 'admit' } = story;
  const zones = ['a', 'b', 'c'];
  const fleet = { ...world.ports.fleet, ...story.fleet?.(world) };
  const warehouse = memoryWarehouse(world.ports.objects, { select: { polls: 1e9, outcome: { files: [] } } });
  const ports = { ...world.ports, zones, fleet, warehouse };
  await ports.objects.put(JOB_URI, Buffer.from(JSON.stringify(job)));
  await ports.control.create(newGang({ runId: RUN, owner: OWNER, specHash: '', opId: 'new', ...job.gang }));
  await story.before?.(world);
  const tasks: Tasks = {
    Validate: async () => ({ ...admitState(RUN), next: first }),
    Stage: async (state) => await stageData(ports, state as unknown as StateOf<'stage'>),
    Admit: async (state) => await admitGang(state as unknown as StateOf<'admit'>, ports),
    Acquire: async (state) => await acquireHosts(state as unknown as StateOf<'acquire'>, ports),
    async Run(input) {
      const state = input as unknown as StateOf<'run'>;
      await story.attempt?.(world, state.attempt);
      return { ...carried(state), next: 'decide', waitS: 0 };
    },
    Decide: async (state) => await decideGang(state as unknown as StateOf<'decide'>, ports),
    Publish: async (state) => ({ ...state, next: 'release' }),
    Release: async (state) => await releaseHosts(state as unknown as TrainingState & { next: 'release' }, ports),
  };
  const until = (START_S + EXECUTION_S) * 1000;
  const ended = await execute({ runId: RUN, jobUri: JOB_URI }, tasks, ports.clock, until);
  return { ...ended, tookS: ports.clock.wallMs() / 1000 - START_S };
}

function expectWithinLimits({ events, largest }: LongExecution): void {
  expect(events).toBeLessThan(HISTORY_EVENTS - FOR_RETRIES);
  expect(largest).toBeLessThan(STATE_BYTES / 8);
}

/** Every launch takes two seconds and is refused. */
const refusing =
  (failure: LaunchFailure, code: string) =>
  ({ ports: { clock } }: World): Partial<Fleet> => ({
    async launch() {
      await clock.sleep(2_000);
      return { ok: false, failure, code, message: code };
    },
  });

const failureOf = ({ input }: LongExecution) => (input as { failure?: { code: string } }).failure?.code;

/** One host of the attempt is lost, the other is clean. */
async function loseOne({ ports }: World, attempt: number): Promise<void> {
  const held = (await ports.leases.leases(RUN)).filter((lease) => lease.releasedAt === undefined);
  for (const [index, { instanceId }] of held.entries()) {
    if (index === 0) ports.fleet.lose(instanceId);
    const state = index === 0 ? 'STARTED' : 'CLEAN';
    const record = { runId: RUN, attempt, instanceId, bootId: 'b', nonce: 'n', seq: 1, state } as const;
    await ports.members.put({ ...record, address: '', port: 0, masterPort: 0, accelerators: [], exits: {} });
  }
  const lost = held[0]?.instanceId ?? '';
  const cause: Cause = { kind: 'host-lost', instanceId: lost, why: 'gone', evidence: 'terminated' };
  const where = { attempt, phaseIn: ['FORMING'] } as const;
  const set = { phase: 'STOPPING', cause } as const;
  await ports.control.write({ runId: RUN, where, set, clear: [], opId: `lost/${attempt}` });
}

/** A fleet that has nothing for so long after each attempt began to look, and then everything. */
const lateFleet =
  (lateS: number) =>
  ({ ports: { clock, fleet } }: World): Partial<Fleet> => {
    const sinceS = new Map<number, number>();
    return {
      async launch(request) {
        const nowS = clock.wallMs() / 1000;
        const began = sinceS.get(request.attempt) ?? nowS;
        sinceS.set(request.attempt, began);
        if (nowS - began >= lateS) return await fleet.launch(request);
        return { ok: false, failure: 'capacity', code: 'InsufficientInstanceCapacity', message: '' };
      },
    };
  };

describe('an execution has room for', () => {
  it('a search over 48 pools that have nothing, for as long as it may last', async () => {
    const ended = await longRun({ fleet: refusing('capacity', 'InsufficientInstanceCapacity') });
    expectWithinLimits(ended);
    expect(failureOf(ended)).toBe('LS_NO_CAPACITY');
    expect(ended.tookS).toBeGreaterThanOrEqual(LONGEST_WAIT_S);
    expect(ended.tookS).toBeLessThan(LONGEST_WAIT_S + 300);
  });

  it.each([
    ['throttle', 'RequestLimitExceeded'],
    ['transient', 'ServiceUnavailable'],
  ] as const)('launches that EC2 answers with the same error all the time: %s', async (failure, code) => {
    const ended = await longRun({ fleet: refusing(failure, code) });
    expectWithinLimits(ended);
    expect(failureOf(ended)).toBe('LS_NO_CAPACITY');
    expect(ended.tookS).toBeGreaterThanOrEqual(LONGEST_WAIT_S);
  });

  it('a place in the queue behind another gang, for as long as it may last', async () => {
    const ended = await longRun({
      async before({ ports }) {
        const rival = { ...entryOf({ runId: 'rival', jobUri: JOB_URI }, LONGEST, START_S - 1), askedAtS: 1e12 };
        await ports.queue.put({ ...rival, queuedAtS: 0 });
      },
    });
    expectWithinLimits(ended);
    expect(failureOf(ended)).toBe('LS_NO_CAPACITY');
    expect(ended.tookS).toBeGreaterThanOrEqual(LONGEST_WAIT_S);
  });

  it('a query that runs until the execution ends', async () => {
    const job = { ...LONGEST, data: { sql: { database: 'd', query: 'select' } } };
    const ended = await longRun({ job, first: 'stage' });
    expectWithinLimits(ended);
    expect(ended.tookS).toBeGreaterThanOrEqual(EXECUTION_S);
  });

  it('a host that does not go until the execution ends', async () => {
    const ended = await longRun({
      attempt: loseOne,
      fleet: ({ ports: { fleet } }) => ({
        find: async (ids) => (await fleet.find(ids)).map((host) => ({ ...host, state: 'shutting-down' })),
      }),
    });
    expectWithinLimits(ended);
    expect(ended.tookS).toBeGreaterThanOrEqual(EXECUTION_S);
  });

  it.each([60, 600, 8_000])('as many restarts as a job may have, with %i seconds of search for each', async (lateS) => {
    const ended = await longRun({ attempt: loseOne, fleet: lateFleet(lateS) });
    expectWithinLimits(ended);
    expect(['LS_HOST_LOST', 'LS_LIMIT_EXCEEDED']).toContain(failureOf(ended));
  });
});
