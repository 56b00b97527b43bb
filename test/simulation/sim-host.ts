import { newAgent } from '#core/gang/agent/agent.ts';
import type { HostEffect } from '#core/gang/agent/effects.ts';
import { ownHost } from '#core/gang/agent/place.ts';
import type { BarrierResult } from '#core/gang/barrier/result.ts';
import type { RestartPolicy } from '#core/gang/controller/restart.ts';
import type { Roster, TaskExit } from '#core/gang/records.ts';
import { type Drive, drive } from '#flows/gang/drive.ts';
import type { StorePorts } from '#flows/gang/store-effects.ts';
import type { Checker } from './checker.ts';
import type { Dice } from './dice.ts';
import { type Line, over, type Weather } from './network.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface SimWorld {
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly weather: Weather;
  readonly checker: Checker;
  readonly ports: StorePorts;
  readonly runId: string;
  /** Barriers that each task passes before it ends. */
  readonly epochs: number;
  readonly say: (line: string) => void;
  /** By which attempts follow each other. */
  readonly policy: RestartPolicy;
  /** A datagram to a host, if it gets there. */
  readonly poke: (instanceId: string) => void;
  /** Told of each host that ends, whoever ended it. */
  onGone: (instanceId: string) => void;
}

interface SimTask {
  readonly attempt: number;
  readonly rank: number;
  isAlive: boolean;
}

/** A host with its agent and its tasks. Tasks are loops of work and barriers; the agent is the real one. */
export class SimHost {
  readonly instanceId: string;
  isRunning = true;
  readonly line: Line;
  private readonly world: SimWorld;
  private readonly power = new AbortController();
  private readonly calls = new Map<string, (result: BarrierResult) => void>();
  private readonly loop: Drive;
  private tasks: SimTask[] = [];
  private pausedUntilMs = 0;
  private callCount = 0;

  constructor(instanceId: string, world: SimWorld) {
    this.instanceId = instanceId;
    this.world = world;
    this.line = { isCut: false, awake: () => this.awake() };
    const { clock, dice, ports } = world;
    const self = { runId: world.runId, instanceId, bootId: 'boot-1', nonce: 'n1', address: '127.0.0.1', port: 0 };
    this.loop = drive({
      ports: {
        ...ports,
        clock: this.hostClock(),
        control: over(ports.control, this.line, world),
        members: over(ports.members, this.line, world),
        barriers: over(ports.barriers, this.line, world),
        leases: over(ports.leases, this.line, world),
        callback: over(ports.callback, this.line, world),
      },
      initial: newAgent({
        self: { ...self, masterPort: 29500, gpuPerTask: 1 },
        nowMs: clock.monotonicMs(),
        seed: dice.between(1, 1e9),
        policy: world.policy,
      }),
      perform: (effect) => void this.perform(effect),
      signal: this.power.signal,
    });
    void clock
      .sleep(dice.between(10, 2_000))
      .then(() => this.loop.send({ type: 'accelerators', addresses: ['0', '1'] }));
  }

  /** The machine vanishes, tasks and all. */
  kill(): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.power.abort();
    for (const task of this.tasks) this.end(task);
    this.world.say(`${this.instanceId} is gone`);
    this.world.onGone(this.instanceId);
  }

  /** Neither agent nor tasks get any time for so long. */
  pause(ms: number): void {
    this.pausedUntilMs = this.world.clock.monotonicMs() + ms;
  }

  notice(): void {
    this.loop.send({ type: 'notice', kind: 'spot', detail: 'terminate in 120 s' });
  }

  /** One task ends by itself. */
  exitTask(exit: TaskExit): void {
    const task = this.tasks.find((one) => one.isAlive);
    if (task !== undefined) this.report(task, exit);
  }

  private async awake(): Promise<void> {
    const { clock } = this.world;
    while (clock.monotonicMs() < this.pausedUntilMs) await clock.sleep(this.pausedUntilMs - clock.monotonicMs());
  }

  private hostClock() {
    const { clock } = this.world;
    return {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      sleep: async (ms: number, signal?: AbortSignal) => {
        await clock.sleep(ms, signal);
        await this.awake();
      },
    };
  }

  private async perform(effect: HostEffect): Promise<void> {
    switch (effect.type) {
      case 'startTasks':
        return await this.start(effect.roster);
      case 'stopTasks':
        return await this.stop();
      case 'answer':
        this.calls.get(effect.callId)?.(effect.result);
        this.calls.delete(effect.callId);
        return;
      case 'shutdown':
        this.world.checker.expect(
          !this.tasks.some((task) => task.isAlive),
          `${this.instanceId} left with living tasks`,
        );
        this.world.say(`${this.instanceId} shuts down: ${effect.reason}`);
        this.kill();
        return;
      case 'hint':
        return this.pokeOthers(effect.to);
      case 'notifyTasks':
        return;
    }
  }

  private pokeOthers(to: 'all' | 'first'): void {
    const hosts = this.loop.state().current.roster?.hosts ?? [];
    for (const { instanceId } of to === 'first' ? hosts.slice(0, 1) : hosts) {
      if (instanceId !== this.instanceId) this.world.poke(instanceId);
    }
  }

  /** A datagram arrives, from whomever; a machine that is paused reads it later. */
  async hinted(): Promise<void> {
    await this.awake();
    this.loop.send({ type: 'hinted' });
  }

  private async start(roster: Roster): Promise<void> {
    const { clock, dice, checker, epochs } = this.world;
    const own = ownHost(this.loop.state())?.tasks ?? [];
    this.tasks = own.map(({ rank }) => ({ attempt: roster.attempt, rank, isAlive: true }));
    for (const { attempt, rank } of this.tasks) checker.taskStarted(attempt, rank);
    await clock.sleep(dice.between(20, 1_500));
    await this.awake();
    this.loop.send({ type: 'tasksStarted' });
    const worldSize = roster.hosts.reduce((sum, host) => sum + host.tasks.length, 0);
    for (const task of this.tasks) void this.work(task, epochs, worldSize);
  }

  private async work(task: SimTask, epochs: number, worldSize: number): Promise<void> {
    const { clock, dice, checker, weather } = this.world;
    for (let epoch = 0; epoch < epochs; epoch++) {
      await clock.sleep(dice.chance(weather.late) ? dice.between(2_000, 9_000) : dice.between(10, 800));
      await this.awake();
      if (!task.isAlive) return;
      checker.called(task.attempt, epoch, task.rank);
      const result = await this.call(task, epoch);
      if (!task.isAlive || !result.ok) return;
      checker.expect(result.epoch === epoch, `rank ${task.rank} passed ${result.epoch} for ${epoch}`);
      checker.passed(task.attempt, epoch, worldSize);
      const gathered = epoch % 3 === 2 ? Array.from({ length: worldSize }, (_, rank) => `${rank}:${epoch}`) : undefined;
      checker.expect(
        JSON.stringify(result.payloads) === JSON.stringify(gathered),
        'allGather brought the wrong payloads',
      );
    }
    if (task.isAlive) this.report(task, { code: 0, signal: null, stopped: false });
  }

  private call({ rank }: SimTask, epoch: number): Promise<BarrierResult> {
    const callId = `${rank}-${this.callCount++}`;
    const kind = epoch % 3 === 2 ? 'allGather' : 'barrier';
    const payload = kind === 'allGather' ? { payload: `${rank}:${epoch}` } : {};
    return new Promise((resolve) => {
      this.calls.set(callId, resolve);
      const arrival = { rank, kind, callSite: 'train.ts:1', ...payload } as const;
      this.loop.send({ type: 'arrive', callId, arrival, timeoutMs: 120_000 });
    });
  }

  private async stop(): Promise<void> {
    const { clock, dice } = this.world;
    await clock.sleep(dice.between(5, 1_500));
    await this.awake();
    for (const task of this.tasks) {
      if (task.isAlive) this.report(task, { code: null, signal: 'SIGTERM', stopped: true });
    }
    this.loop.send({ type: 'clean' });
  }

  private report(task: SimTask, exit: TaskExit): void {
    this.end(task);
    this.loop.send({ type: 'taskExited', rank: task.rank, exit });
  }

  private end(task: SimTask): void {
    if (task.isAlive) this.world.checker.taskEnded(task.attempt, task.rank);
    task.isAlive = false;
  }
}
