import { describe, expect, it } from 'vitest';
import { parseNvidiaUse } from '#core/resources/nvidia-smi.ts';
import { processorsUsed, type UsageSample, untilStored, withSample } from '#core/resources/usage.ts';

const at = (seconds: number): UsageSample => ({ at: seconds * 1000, processors: 1, memoryBytes: 1, accelerators: [] });

describe('samples of a host', () => {
  it('are all kept while there are few', () => {
    const all = [0, 5, 10].reduce((kept, seconds) => withSample(kept, at(seconds)), [] as readonly UsageSample[]);
    expect(all.map((one) => one.at)).toEqual([0, 5000, 10_000]);
  });

  it('cover a day in bounded space, from its first minute to its last, at one resolution', () => {
    let kept: readonly UsageSample[] = [];
    const day = 24 * 3600;
    for (let seconds = 0; seconds <= day; seconds += 5) kept = withSample(kept, at(seconds));
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length).toBeLessThanOrEqual(240);
    expect(kept[0]?.at).toBe(0);
    const apart = kept.slice(1).map((one, i) => one.at - (kept[i]?.at ?? 0));
    expect(Math.max(...apart) / Math.min(...apart)).toBeLessThanOrEqual(2);
    expect(day * 1000 - (kept.at(-1)?.at ?? 0)).toBeLessThanOrEqual(Math.max(...apart));
  });

  it('are stored soon at first, and at most every two minutes: thirty requests an hour', () => {
    let stored = 0;
    for (let now = 0; now < 3_600_000; now += untilStored(now)) stored += 1;
    expect(untilStored(0)).toBe(5_000);
    expect(stored).toBeLessThan(50);
    expect(untilStored(1e9)).toBe(120_000);
  });
});

describe('processors at work', () => {
  const use = (pid: number, cpuMs: number, startTicks = 1) => ({ pid, cpuMs, startTicks, memoryBytes: 0 });

  it('are the time of all processes over that of the clock', () => {
    expect(processorsUsed([use(1, 100), use(2, 0)], [use(1, 1_100), use(2, 500)], 1_000)).toBe(1.5);
  });

  it('count all of a process that is new, also under the id of one that ended, and nothing for one that is gone', () => {
    expect(processorsUsed([use(1, 9_000), use(3, 700)], [use(1, 500, 2), use(4, 500)], 1_000)).toBe(1);
  });

  it('are none where no time has gone by', () => {
    expect(processorsUsed([], [use(1, 500)], 0)).toBe(0);
  });
});

describe('what nvidia-smi says of use', () => {
  it('is a row a GPU; one that cannot say it is left out', () => {
    const output =
      '0, 87, 12034\n1, [N/A], 5\n2, 0, 0\nUnable to determine the device handle for GPU0000:00:1E.0: Unknown Error\n';
    expect(parseNvidiaUse(output)).toEqual([
      { address: '0', busy: 0.87, memoryBytes: 12_034 * 2 ** 20 },
      { address: '2', busy: 0, memoryBytes: 0 },
    ]);
  });
});
