/**
 * A whole run on hosts in virtual time: the workflow's states over the functions' flows, a fleet in memory, and on each host the
 * agent's own program with real predictions. What may go wrong is up to the test.
 */
import { memoryClaims } from '#adapters/memory/memory-claims.ts';
import { memoryCooldowns } from '#adapters/memory/memory-cooldowns.ts';
import { memoryCrews } from '#adapters/memory/memory-crews.ts';
import { memoryFleet } from '#adapters/memory/memory-fleet.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryQueue } from '#adapters/memory/memory-queue.ts';
import { LockstepError } from '#core/errors.ts';
import type { Host } from '#core/fleet/records.ts';
import { plannedByHosts } from '#core/inference/planned.ts';
import type { InferenceState, PartitionTask } from '#core/inference/state.ts';
import { HOSTS_DEFAULTS } from '#core/job/defaults.ts';
import type { HostsRequest, InferJob } from '#core/job/job.ts';
import type { CrewPorts } from '#flows/inference/hosts-observe.ts';
import { releaseCrew } from '#flows/inference/hosts-release.ts';
import { type TendPorts, tendHosts } from '#flows/inference/hosts-tend.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { runTask } from '#flows/inference/run-task.ts';
import { TaskMemory } from '#flows/inference/task-memory.ts';
import { commitInference } from '../../../../functions/commit-inference.ts';
import { planInference } from '../../../../functions/plan-inference.ts';
import { type CrewHostPorts, runCrewHost } from '../../../../gpu-agent/inference/crew-host.ts';
import { VirtualClock } from '../../../simulation/virtual-clock.ts';
import { MODEL_URI, newJob, newWorld, toyModel, unhurried } from '../world.ts';

export const POOL = 'g4dn.xlarge/a/on-demand';
export const RUN = 'r';
const EXECUTION = 'arn:aws:states:execution:r';

export const HOSTS: HostsRequest = { ...HOSTS_DEFAULTS, min: 2, max: 3, instanceTypes: ['g4dn.xlarge'] };

export interface CrewWorldOptions {
  readonly hosts?: Partial<HostsRequest>;
  readonly capacity?: Readonly<Record<string, number>>;
  readonly job?: Partial<InferJob>;
  /** What a host is to its world; by default nothing ever goes wrong. */
  readonly around?: (host: RunningHost, ports: CrewHostPorts) => CrewHostPorts;
  /** Before a partition is predicted on a host. */
  readonly before?: (host: RunningHost, task: PartitionTask) => Promise<void>;
  /** The same ports, as the functions of the workflow see them. */
  readonly functions?: (ports: TendPorts) => TendPorts;
}

export interface RunningHost {
  readonly host: Host;
  readonly terminated: AbortController;
  readonly noticed: AbortController;
  /** Why it left; undefined while it runs. */
  reason?: string;
  /** It has lost power: nothing that it does reaches anybody. */
  isDead: boolean;
}

export type CrewWorld = Awaited<ReturnType<typeof crewWorld>>;

export async function crewWorld(options: CrewWorldOptions = {}) {
  const world = newWorld();
  await world.objects.put(MODEL_URI, toyModel());
  const clock = new VirtualClock();
  const zones = ['a'];
  const fleet = memoryFleet({ clock, zones, ...(options.capacity && { capacity: options.capacity }) });
  const stores = { crews: memoryCrews(), claims: memoryClaims(), leases: memoryLeases(), queue: memoryQueue() };
  const ports: CrewPorts & TendPorts = {
    ...{ objects: world.objects, bucket: world.bucket, log: world.log, clock, zones, fleet },
    ...{ ...stores, cooldowns: memoryCooldowns() },
  };
  const running = new Map<string, RunningHost>();
  const predicted: number[] = [];
  const seen = { most: 0 };

  /** Boots what was launched; EC2 does as much. */
  const boot = async () => {
    const listed = await fleet.list({});
    seen.most = Math.max(seen.most, listed.length);
    for (const host of listed) {
      const one = running.get(host.instanceId) ?? start(host);
      running.set(host.instanceId, one);
    }
    const alive = new Set(listed.map(({ instanceId }) => instanceId));
    for (const [id, one] of running) if (!alive.has(id) && one.reason === undefined) one.terminated.abort();
  };

  function start(host: Host): RunningHost {
    const one: RunningHost = { host, terminated: new AbortController(), noticed: new AbortController(), isDead: false };
    const { instanceId, attempt = 0 } = host;
    const identity = { runId: RUN, attempt, instanceId, bootId: 'b', nonce: 'n', address: '127.0.0.1' };
    const own: CrewHostPorts = { ...ports, clock };
    const seenBy = options.around?.(one, own) ?? own;
    const life = async () => {
      const crew = await seenBy.crews.read(RUN);
      if (crew === undefined) return 'no crew';
      return await runCrewHost(seenBy, {
        ...{ identity, crew, bucket: world.bucket, accelerators: { vendor: 'nvidia', addresses: ['0'] } },
        ...{ terminated: one.terminated.signal, noticed: one.noticed.signal },
        newRunner: () => ({
          async predict(task, signal) {
            await options.before?.(one, task);
            signal.throwIfAborted();
            await runTask({ ...world.ports, objects: seenBy.objects, memory: new TaskMemory() }, task, unhurried);
            signal.throwIfAborted();
            predicted.push(task.partition);
          },
          plan: async (asked) => void (await planRun({ ...world.ports, objects: seenBy.objects }, asked)),
          close: async () => {},
        }),
      });
    };
    void life()
      .catch((error: unknown) => `failed: ${error}`)
      .then(async (reason) => {
        one.reason = reason;
        // The end of the agent is the end of the host.
        if (!one.isDead) await fleet.terminate([instanceId]);
      });
    return one;
  }

  const job = newJob({ compute: 'hosts', hosts: { ...HOSTS, ...options.hosts }, ...options.job });

  /** A state of the workflow, tried again as its Retry has it. */
  async function tried(step: () => Promise<InferenceState>): Promise<InferenceState> {
    for (let tries = 0; ; tries++) {
      try {
        return await step();
      } catch (error) {
        const isPassing = error instanceof LockstepError && error.code === 'LS_UNAVAILABLE';
        if (!isPassing || tries === 20) throw error;
        await clock.sleep(1_000);
      }
    }
  }

  const seenBy = options.functions?.(ports) ?? ports;
  const released = async (state: InferenceState, owner: string): Promise<InferenceState> => {
    await releaseCrew(seenBy, RUN, { owner });
    return state;
  };

  /** Hosts, Tended, Pause and Release of the definition. */
  async function predict(planned: InferenceState): Promise<InferenceState> {
    const owner = planned.execution ?? '';
    try {
      let state = planned;
      do {
        await clock.sleep((state.waitS ?? 0) * 1000);
        state = await tried(() => tendHosts(seenBy, state));
      } while ((state.waitS ?? 0) > 0);
      await tried(() => released(state, owner));
      return state;
    } catch (error) {
      await tried(() => released(planned, owner));
      return { ...planned, error: { Error: (error as Error).name, Cause: (error as Error).message } };
    }
  }

  return {
    ...{ ports, clock, fleet, running, predicted, seen, world, job, close: world.close },
    plan: async (execution = EXECUTION): Promise<InferenceState> =>
      (await planInference({ input: await world.start(RUN, job), execution }, world.ports)) as InferenceState,
    /** As Plan has it for a job whose hosts make the plan. */
    unplanned: async (): Promise<InferenceState> => plannedByHosts(await world.start(RUN, job), EXECUTION),
    predict,
    commit: (state: InferenceState) => commitInference(state, world.ports),
    hostsAlive: async () => (await fleet.list({})).length,
    leasesHeld: async () =>
      (await stores.leases.leases(RUN)).filter(({ releasedAt }) => releasedAt === undefined).length,
    /** Lets virtual time pass until it has settled; rejects if that takes longer than a day of it. */
    async until<T>(what: Promise<T>, tick: () => Promise<void> = async () => {}): Promise<T> {
      let done = false;
      const settled = what.finally(() => {
        done = true;
      });
      settled.catch(() => {});
      for (let seconds = 0; !done && seconds < 86_400; seconds++) {
        await boot();
        await tick();
        await clock.runUntil(() => done, 1_000);
      }
      if (!done) throw new Error('it goes on for ever');
      return await settled;
    },
  };
}
