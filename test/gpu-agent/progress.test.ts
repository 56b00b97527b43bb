import { describe, expect, it } from 'vitest';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { memoryLog } from '#adapters/memory/memory-log.ts';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { memoryProgress } from '#adapters/memory/memory-progress.ts';
import { readProgress } from '#flows/runs/read-progress.ts';
import { progressService } from '../../gpu-agent/services/progress.ts';

const at = (attempt: number, step: number) => ({ attempt, step, of: 100, metrics: { loss: 1 / step } });

describe('progress of a task', () => {
  const world = () => {
    const objects = memoryObjects();
    const [store, clock, log] = [memoryProgress(), memoryClock(), memoryLog()];
    const service = (attempt: number) =>
      progressService({ bucket: 'data', runId: 'r', attempt, store, objects, clock, log });
    return { objects, store, log, service };
  };

  it('is kept report by report, attempt by attempt, and the newest is at hand at once', async () => {
    const { objects, store, service } = world();
    for (const attempt of [0, 1]) {
      const progress = service(attempt);
      for (let step = 1; step <= 50; step++) progress.report(at(attempt, step));
      await progress.flush();
    }
    expect(await store.get('r')).toEqual(at(1, 50));
    const kept = await readProgress({ objects, bucket: 'data' }, 'r');
    expect(kept.map(({ attempt, step }) => [attempt, step])).toEqual(
      [0, 1].flatMap((attempt) => Array.from({ length: 50 }, (_, i) => [attempt, i + 1])),
    );
  });

  it('never raises into training: a store that fails is said, and what was reported comes with the next write', async () => {
    const { objects, log, service } = world();
    const put = objects.put.bind(objects);
    Object.assign(objects, { put: () => Promise.reject(new Error('no space')) });
    const progress = service(0);
    progress.report(at(0, 1));
    await progress.flush();
    expect(JSON.stringify(log.lines)).toContain('no space');
    Object.assign(objects, { put });
    progress.report(at(0, 2));
    await progress.flush();
    expect(await readProgress({ objects, bucket: 'data' }, 'r')).toHaveLength(2);
  });
});
