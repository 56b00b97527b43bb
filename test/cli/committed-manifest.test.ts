/** `read` and `verify` of a run that has no predictions say what it is, whether or not a cloud is up. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { committedManifest } from '../../cli/commands/committed-manifest.ts';
import { commandContext, testHome } from './command-context.ts';

const home = testHome();
afterAll(() => home.remove());

function kept(runId: string, kind: string, result: object): void {
  mkdirSync(join(home.runs, runId));
  writeFileSync(join(home.runs, runId, 'run.json'), JSON.stringify({ runId, kind, startedAt: 1, pid: 2 ** 22 + 1 }));
  writeFileSync(join(home.runs, runId, 'result.json'), JSON.stringify({ kind, runs: [runId], ...result }));
}

describe('the manifest of a run that has none', () => {
  kept('trained-1', 'train', { ok: true });
  kept('piped-1', 'pipeline', { ok: true, runs: ['piped-1', 'inferred-9'] });
  kept('failed-1', 'infer', { ok: false, code: 'LS_INPUT_CHANGED', message: 'x' });

  it.each([
    ['trained-1', 'LS_USAGE', 'trained-1 is a training, which predicts nothing', /lockstep report trained-1/],
    ['piped-1', 'LS_USAGE', 'piped-1 is the training of a pipeline', /Its inference is inferred-9\./],
    ['failed-1', 'LS_RUN_INCOMPLETE', 'failed-1 has committed nothing: it ended with LS_INPUT_CHANGED', /Read why/],
    ['none-1', 'LS_RUN_NOT_FOUND', 'no cloud that is up knows a run none-1', /./],
  ])('%s: %s', async (runId, code, message, remedy) => {
    const { context } = commandContext(home);
    const refused = committedManifest(runId, context);
    await expect(refused).rejects.toMatchObject({ code, message, remedy: expect.stringMatching(remedy) });
  });
});
