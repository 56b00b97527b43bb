import { describe, expect, it } from 'vitest';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { memoryRuns } from '#adapters/memory/memory-runs.ts';
import { memoryWorkflows } from '#adapters/memory/memory-workflows.ts';
import { runMeant } from '../../../cli/run/known-runs.ts';

const cloud = () => ({ workflows: memoryWorkflows({ clock: memoryClock(0) }), runs: memoryRuns() });

describe('the run that a word means', () => {
  it('may have an execution and no record yet: it has just been started', async () => {
    const [one, other] = [cloud(), cloud()];
    await other.workflows.start('inference', 'digits-2', {});
    expect(await runMeant('digits-2', ['digits-1'], [one, other])).toBe('digits-2');
    expect(await runMeant('digits-1', ['digits-1'], [one, other])).toBe('digits-1');
  });

  it('is none that nobody has started, and no part of the id of one that is not known', async () => {
    const other = cloud();
    await other.workflows.start('inference', 'digits-2', {});
    for (const word of ['digits-3', 'dig', '../digits-2', '']) {
      await expect(runMeant(word, [], [other]), word).rejects.toMatchObject({ code: 'LS_RUN_NOT_FOUND' });
    }
  });
});
