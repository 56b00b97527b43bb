import { describe, expect, it } from 'vitest';
import { memoryBarrier } from '#adapters/memory/memory-barrier.ts';
import { memoryCallback } from '#adapters/memory/memory-callback.ts';
import { memoryControl } from '#adapters/memory/memory-control.ts';
import { memoryLeases } from '#adapters/memory/memory-leases.ts';
import { memoryMembers } from '#adapters/memory/memory-members.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { newAgent } from '#core/gang/agent/agent.ts';
import type { HostEffect } from '#core/gang/agent/effects.ts';
import type { Timing } from '#core/gang/agent/timing.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control } from '#core/gang/records.ts';
import { type Drive, drive } from '#flows/gang/drive.ts';
import type { StorePorts } from '#flows/gang/store-effects.ts';

const quiet = () => undefined;
const CONTROL: Control = {
  ...newGang({ runId: 'r', owner: 'e', hosts: 1, tasksPerHost: 2, specHash: '', opId: 'new' }),
  phase: 'FORMING',
};

/** One host with two tasks, on the real clock. */
async function start(change: Partial<StorePorts> = {}, timing: Partial<Timing> = {}) {
  const ports: StorePorts = {
    ...{ clock: systemClock, control: memoryControl(), members: memoryMembers(), barriers: memoryBarrier() },
    ...{ leases: memoryLeases(), callback: memoryCallback(), log: { info: quiet, warn: quiet, error: quiet } },
    ...change,
  };
  await ports.control.create(CONTROL);
  const lease = { runId: 'r', attempt: 0, instanceId: 'a', instanceType: '', zone: '', market: '', acquiredAt: 0 };
  await ports.leases.grant([lease]);
  const self = { runId: 'r', instanceId: 'a', bootId: 'b', nonce: 'n', address: '', port: 0, masterPort: 0 };
  const effects: HostEffect[] = [];
  const power = new AbortController();
  let isPerforming = false;
  const loop: Drive = drive({
    ports,
    initial: newAgent({ self: { ...self, gpuPerTask: 0 }, nowMs: systemClock.monotonicMs(), seed: 1, timing }),
    storeTimeoutMs: 100,
    signal: power.signal,
    perform: (effect) => {
      expect(isPerforming).toBe(false);
      isPerforming = true;
      effects.push(effect);
      // Answers that come while the step's effects are performed must wait for the next step.
      if (effect.type === 'startTasks') loop.send({ type: 'tasksStarted' });
      if (effect.type === 'stopTasks') loop.send({ type: 'clean' });
      isPerforming = false;
    },
  });
  return { ports, loop, effects, stop: () => power.abort() };
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries > 1_000) throw new Error('it did not come to that');
    await systemClock.sleep(10);
  }
}

describe('the drive loop', () => {
  it('takes one host from forming to success, and ends with the reason', async () => {
    const { loop, effects, ports } = await start();
    loop.send({ type: 'accelerators', addresses: [] });
    await until(() => effects.some((effect) => effect.type === 'startTasks'));
    for (const rank of [0, 1]) {
      loop.send({ type: 'taskExited', rank, exit: { code: 0, signal: null, stopped: false } });
    }
    expect(await loop.ended).toBe('the run is over: SUCCEEDED');
    expect((await ports.control.read('r'))?.phase).toBe('SUCCEEDED');
    expect(effects.map((effect) => effect.type).filter((type) => type !== 'hint')).toEqual([
      ...['startTasks', 'stopTasks', 'shutdown'],
    ]);
  });

  it('counts a store that is silent as unreachable, and does not let it stop the time', async () => {
    const control = memoryControl();
    let isSilent = false;
    const read = (runId: string) => (isSilent ? new Promise<never>(quiet) : control.read(runId));
    const { loop, effects } = await start(
      { control: { ...control, read } },
      { fenceMs: 400, backoffMs: 20, pollMs: 20 },
    );
    loop.send({ type: 'accelerators', addresses: [] });
    await until(() => effects.some((effect) => effect.type === 'startTasks'));
    isSilent = true;
    expect(await loop.ended).toBe('the control item could not be read in time');
    expect(effects.at(-2)?.type).toBe('stopTasks');
  });

  it.each(['list', 'beats'] as const)(
    'is not fenced by a slow query (%s) while the control item answers',
    async (slow) => {
      const members = { ...memoryMembers(), [slow]: () => new Promise<never>(quiet) };
      const { loop, effects, stop } = await start(
        { members },
        { fenceMs: 400, backoffMs: 20, pollMs: 20, pollRunningMs: 20, beatMs: 50 },
      );
      loop.send({ type: 'accelerators', addresses: [] });
      await systemClock.sleep(1_200);
      expect(effects.map(({ type }) => type)).not.toContain('shutdown');
      stop();
    },
  );

  it('counts the fence from when the control item was asked for, not from when it answered', async () => {
    const control = memoryControl();
    const times: { askedMs: number; answeredMs: number }[] = [];
    const read: typeof control.read = async (runId) => {
      const askedMs = systemClock.monotonicMs();
      await systemClock.sleep(60);
      times.push({ askedMs, answeredMs: systemClock.monotonicMs() });
      return await control.read(runId);
    };
    const { loop, stop } = await start({ control: { ...control, read } }, { pollMs: 20 });
    await until(() => loop.state().control !== undefined);
    stop();
    const { askedMs = 0, answeredMs = 0 } = times[0] ?? {};
    expect(loop.state().controlAtMs).toBeLessThanOrEqual(askedMs);
    expect(answeredMs - askedMs).toBeGreaterThan(50);
  });

  it('aborts a request that it has given up, so that no client sends it again later', async () => {
    const members = memoryMembers();
    const given: AbortSignal[] = [];
    const put: typeof members.put = (_, signal) => {
      if (signal !== undefined) given.push(signal);
      return new Promise<never>(quiet);
    };
    const { loop, stop } = await start({ members: { ...members, put } }, { backoffMs: 20, pollMs: 20 });
    loop.send({ type: 'accelerators', addresses: [] });
    await until(() => given.length > 1);
    expect(given[0]?.aborted).toBe(true);
    stop();
  });

  it('ends without a word when its signal says so', async () => {
    const { loop, effects, stop } = await start();
    stop();
    expect(await loop.ended).toBeUndefined();
    loop.send({ type: 'accelerators', addresses: [] });
    expect(effects).toEqual([]);
  });
});
