/** Where a scenario plays: real agents and the real controller over memory stores, in virtual time, without a network. */

import { memoryBarrier } from '#adapters/memory/memory-barrier.ts';
import { memoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import type { Fleet } from '#core/fleet/ports.ts';
import type { Host } from '#core/fleet/records.ts';
import { newAgent } from '#core/gang/agent/agent.ts';
import type { HostEffect } from '#core/gang/agent/effects.ts';
import { ownRanks } from '#core/gang/agent/place.ts';
import type { Timing } from '#core/gang/agent/timing.ts';
import { describe, ranks } from '#core/gang/cause.ts';
import type { ControlWrite } from '#core/gang/control-write.ts';
import type { RestartPolicy } from '#core/gang/controller/restart.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { ControlStore } from '#core/gang/ports.ts';
import type { Arrival, Control, Roster, TaskExit } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';
import { type Drive, drive } from '#flows/gang/drive.ts';
import { control as runController } from '#flows/gang/gang-controller.ts';
import type { StorePorts } from '#flows/gang/store-effects.ts';
import { VirtualClock } from '../simulation/virtual-clock.ts';

const RUN = 'run';
const LIMITS = { graceS: 10, maxDurationS: 3600, restarts: { user: 1, infrastructure: 1, preemption: 1 } };
const quiet = () => undefined;

interface StageHost {
  readonly loop: Drive;
  readonly power: AbortController;
  readonly living: Set<number>;
  /** Answers and sleeps that wait for the host to go on. */
  gate: Promise<void>;
  open: () => void;
  isUp: boolean;
  /** What the next write of this host meets. */
  trap: 'dies before it releases' | 'loses the reply to its arrival' | undefined;
}

export class Stage {
  private readonly clock = new VirtualClock();
  private readonly control: ControlStore;
  private readonly ports: StorePorts;
  private readonly hosts = new Map<string, StageHost>();
  private readonly lines: string[] = [];
  private readonly rankOf = new Map<string, number>();
  private calls = 0;
  private timing: Partial<Timing> = {};
  private policy: RestartPolicy | undefined;
  private ids = 0;

  constructor() {
    this.control = memoryControl((before, after, roster) => this.announce(before, after, roster));
    this.ports = {
      ...{ clock: this.clock, control: this.control, members: memoryMembers(), barriers: memoryBarrier() },
      ...{ leases: memoryLeases(), callback: memoryCallback(), log: { info: quiet, warn: quiet, error: quiet } },
    };
  }

  /** What was said since it was last asked. */
  heard(): readonly string[] {
    return this.lines.splice(0);
  }

  /** How far apart tasks may end well, for hosts that boot from now on. */
  spread(seconds: number): void {
    this.timing = { exitSpreadMs: seconds * 1000 };
  }

  /** Agents that boot from now on begin the next attempt by themselves where they may. */
  selfStart(): void {
    this.policy = LIMITS;
  }

  /** A gang of these hosts, acquired and booting. */
  async gang(names: readonly string[], tasksPerHost: number): Promise<void> {
    const control: Control = {
      ...newGang({ runId: RUN, owner: 'e', hosts: names.length, tasksPerHost, specHash: '', opId: 'acquire' }),
      phase: 'FORMING',
    };
    await this.control.create(control);
    await this.boot(names);
  }

  /** Hosts with a lease for the current attempt. */
  async boot(names: readonly string[]): Promise<void> {
    const attempt = (await this.control.read(RUN))?.attempt ?? 0;
    const lease = { runId: RUN, attempt, instanceType: 'g6.xlarge', zone: 'a', market: 'spot', acquiredAt: 0 };
    await this.ports.leases.grant(names.map((instanceId) => ({ ...lease, instanceId })));
    for (const name of names) this.hosts.set(name, this.newHost(name));
  }

  async acquired(): Promise<void> {
    const now = await this.control.read(RUN);
    if (now !== undefined) await this.control.write(transition.form(now, `acquire/${this.ids++}`));
  }

  async pass(ms: number): Promise<void> {
    await this.clock.runUntil(() => false, ms);
  }

  call(rank: number, arrival: Omit<Arrival, 'rank'>, timeoutMs: number): void {
    const callId = `call-${this.calls++}`;
    this.rankOf.set(callId, rank);
    this.hostOf(rank).loop.send({ type: 'arrive', callId, arrival: { rank, ...arrival }, timeoutMs });
  }

  exit(rank: number, exit: TaskExit): void {
    const host = this.hostOf(rank);
    host.living.delete(rank);
    host.loop.send({ type: 'taskExited', rank, exit });
  }

  die(name: string): void {
    const host = this.host(name);
    if (!host.isUp) return;
    host.isUp = false;
    host.power.abort();
    this.say(`${name} is gone`);
  }

  pause(name: string): void {
    const host = this.host(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    host.gate = promise;
    host.open = resolve;
  }

  resume(name: string): void {
    this.host(name).open();
  }

  notice(name: string): void {
    this.host(name).loop.send({ type: 'notice', kind: 'spot', detail: 'terminate in 120 s' });
  }

  set(name: string, trap: StageHost['trap']): void {
    this.host(name).trap = trap;
  }

  /** A write or an arrival of an attempt that is over, as a zombie would send it. */
  async stale(attempt: number, epoch: number): Promise<void> {
    const where = { attempt, phaseIn: ['RUNNING'] as const, epoch };
    const { won } = await this.control.write({
      runId: RUN,
      where,
      set: { epoch: epoch + 1 },
      clear: [],
      opId: 'zombie',
    });
    this.say(`the release of barrier ${epoch} of attempt ${attempt} is ${won ? 'taken' : 'refused'}`);
    const arrival: Arrival = { rank: 0, kind: 'barrier', callSite: '' };
    await this.ports.barriers.arrive({ runId: RUN, attempt, epoch }, [arrival]);
    const now = await this.control.read(RUN);
    const current = await this.ports.barriers.arrivals({
      runId: RUN,
      attempt: now?.attempt ?? 0,
      epoch: now?.epoch ?? 0,
    });
    this.say(`arrived at the barrier of attempt ${now?.attempt}: ${current?.ranks.join(', ') ?? 'nobody'}`);
  }

  /** The controller, until it has nothing more to do here. */
  async decide(): Promise<void> {
    const { clock, ports } = this;
    const fleet: Fleet = {
      ...{ launch: () => Promise.reject(new Error('not here')), list: async () => [] },
      find: async (names) => names.map((name) => hostOf(name, this.hosts.get(name)?.isUp === true)),
      terminate: async (names) => {
        for (const name of names) this.die(name);
      },
      remaining: async (names) => names.filter((name) => this.hosts.get(name)?.isUp),
    };
    const ids = { next: () => `${this.ids++}` };
    let isOver = false;
    const sinceS = clock.wallMs() / 1000;
    const options = { executionId: 'e', limits: LIMITS, queuedAtS: sinceS, sinceS };
    void runController({ ...ports, clock, ids, fleet }, RUN, options).then((outcome) => {
      isOver = true;
      if (outcome?.do === 'fail') this.say(`the run fails: ${outcome.code}: ${outcome.message}`);
      if (outcome?.do === 'go') this.say(`the workflow goes on: ${outcome.next}`);
      if (outcome?.do === 'wait') this.say('the controller will look again');
    });
    await clock.runUntil(() => isOver, 60_000);
  }

  private newHost(name: string): StageHost {
    const power = new AbortController();
    const { clock, ports } = this;
    const gated = async <T>(result: Promise<T>): Promise<T> => {
      const value = await result;
      await host.gate;
      return value;
    };
    const seed = name.charCodeAt(0);
    const self = { runId: RUN, instanceId: name, bootId: 'boot', nonce: 'n', address: `10.0.0.${seed}`, port: 0 };
    const loop = drive({
      ports: {
        ...ports,
        clock: {
          wallMs: () => clock.wallMs(),
          monotonicMs: () => clock.monotonicMs(),
          sleep: (ms, signal) => gated(clock.sleep(ms, signal)),
        },
        control: {
          ...this.control,
          read: (runId) => gated(this.control.read(runId)),
          write: (write) => this.trapped(name, write),
        },
        barriers: {
          ...ports.barriers,
          arrive: async (at, arrivals) => {
            const result = await ports.barriers.arrive(at, arrivals);
            this.say(`${name} writes that ${ranks(arrivals.map(({ rank }) => rank))} arrived at barrier ${at.epoch}`);
            if (host.trap !== 'loses the reply to its arrival') return result;
            host.trap = undefined;
            throw new Error('the reply is lost');
          },
        },
      },
      initial: newAgent({
        self: { ...self, masterPort: 29500, gpuPerTask: 0 },
        nowMs: clock.monotonicMs(),
        seed,
        timing: this.timing,
        policy: this.policy,
      }),
      perform: (effect) => this.perform(name, effect),
      signal: power.signal,
    });
    const host: StageHost = {
      ...{ loop, power, living: new Set<number>(), gate: Promise.resolve(), open: quiet, isUp: true, trap: undefined },
    };
    queueMicrotask(() => loop.send({ type: 'accelerators', addresses: [] }));
    return host;
  }

  private async trapped(name: string, write: ControlWrite) {
    const host = this.host(name);
    if (host.trap === 'dies before it releases' && write.set.epoch !== undefined) {
      this.die(name);
      throw new Error('gone');
    }
    const result = await this.control.write(write);
    await host.gate;
    return result;
  }

  private perform(name: string, effect: HostEffect): void {
    const host = this.host(name);
    switch (effect.type) {
      case 'startTasks':
        for (const rank of ownRanks(host.loop.state())) host.living.add(rank);
        this.say(`${name} starts ${ranks([...host.living])} of attempt ${effect.roster.attempt}`);
        queueMicrotask(() => host.loop.send({ type: 'tasksStarted' }));
        break;
      case 'stopTasks':
        this.say(`${name} stops its tasks`);
        queueMicrotask(() => this.stopped(host));
        break;
      case 'answer': {
        const rank = this.rankOf.get(effect.callId);
        const { result } = effect;
        const payloads = result.ok && result.payloads !== undefined ? ` with [${result.payloads.join(', ')}]` : '';
        this.say(
          result.ok
            ? `rank ${rank} passes barrier ${result.epoch}${payloads}`
            : `rank ${rank} is refused: ${result.code}: ${result.message}`,
        );
        break;
      }
      case 'notifyTasks':
        this.say(`${name} asks its tasks to ${effect.directive.kind}: ${effect.directive.reason}`);
        break;
      case 'shutdown':
        host.isUp = false;
        this.say(`${name} shuts down: ${effect.reason}`);
        break;
      case 'hint':
        break;
    }
  }

  private stopped(host: StageHost): void {
    for (const rank of host.living) {
      host.loop.send({ type: 'taskExited', rank, exit: { code: null, signal: 'SIGTERM', stopped: true } });
    }
    host.living.clear();
    host.loop.send({ type: 'clean' });
  }

  private announce(before: Control, after: Control, roster: Roster | undefined): void {
    const places = roster?.hosts.map((host) => `${host.instanceId}: ${ranks(host.tasks.map((task) => task.rank))}`);
    if (places !== undefined) this.say(`roster of attempt ${after.attempt}: ${places.join('; ')}`);
    this.say(describeTransition(before, after));
  }

  private host(name: string): StageHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host is called ${name}`);
    return host;
  }

  private hostOf(rank: number): StageHost {
    const host = [...this.hosts.values()].find((one) => one.living.has(rank));
    if (host === undefined) throw new Error(`rank ${rank} is not alive`);
    return host;
  }

  private say(line: string): void {
    this.lines.push(`${(this.clock.monotonicMs() / 1000).toFixed(2).padStart(7)}  ${line}`);
  }
}

function describeTransition(before: Control, after: Control): string {
  const by = after.opId.split('/')[0];
  const from = before.phase === after.phase ? after.phase : `${before.phase} → ${after.phase}`;
  const budgets = Object.keys(after.charged) as (keyof Control['charged'])[];
  const budget = budgets.find((one) => after.charged[one] > before.charged[one]);
  const attempt = before.attempt === after.attempt ? '' : `, attempt ${after.attempt}, charged to ${budget}`;
  const epoch = after.epoch > before.epoch ? `, barrier ${before.epoch} is released` : '';
  const directive =
    after.directive !== before.directive && after.directive !== undefined ? ', checkpoint asked for' : '';
  const cause = after.phase === 'STOPPING' && after.cause !== undefined ? `: ${describe(after.cause)}` : '';
  return `${from}${attempt}${epoch}${directive} (${by})${cause}`;
}

const hostOf = (instanceId: string, isUp: boolean): Host => ({
  ...{ instanceId, instanceType: '', zone: '', market: '', state: isUp ? 'running' : 'terminated' },
  ...{ runId: RUN, attempt: undefined, launchedAt: 0 },
});
