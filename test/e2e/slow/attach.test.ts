/** Runs that no command holds: started with --detach, watched from elsewhere, left and watched again. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrowFile, classifier } from '../../fixtures/small-data.ts';
import { type Command, type Ended, lockstep, processesAfter, stateFolder } from '../command.ts';

/** Two ranks that go on until a file says enough, and say so. */
const TASK = `import { existsSync } from 'node:fs';
import { run } from 'lockstep/task';
const [, , enough] = process.argv;
await run(async (task) => {
  console.log('begun');
  for (let step = 0; step < 3 || !existsSync(enough); step++) {
    task.progress({ step: Math.min(step, 99), of: 100, metrics: { loss: 1 } });
    await new Promise((done) => setTimeout(done, 100));
  }
  await task.barrier();
  if (task.rank === 0) await task.result({ loss: 0.5 }, {});
});
`;
const GANG = { hosts: 1, tasksPerHost: 2, instanceTypes: ['g7e.12xlarge'] };
const home = stateFolder();
const folder = join(home.path, 'job');
const enough = join(folder, 'enough');
let up: Command | undefined;

beforeAll(async () => {
  mkdirSync(folder);
  const train = { kind: 'train', name: 'long', gang: GANG, task: { module: './task.ts' }, limits: { graceS: 1 } };
  const infer = {
    kind: 'infer',
    name: 'rows',
    model: './model.onnx',
    input: ['./rows.arrow'],
    predict: { kernel: 'argmax' },
  };
  writeFileSync(join(folder, 'task.ts'), TASK);
  writeFileSync(join(folder, 'rows.arrow'), await arrowFile(3, 10));
  writeFileSync(join(folder, 'model.onnx'), classifier(3));
  writeFileSync(join(folder, 'train.yaml'), JSON.stringify(train));
  writeFileSync(join(folder, 'infer.yaml'), JSON.stringify(infer));
});
afterAll(async () => {
  up?.child.kill('SIGTERM');
  await up?.ended;
  expect(await processesAfter(home.path, 5_000)).toEqual([]);
  home.remove();
});

const command = (...args: readonly string[]): Command => lockstep(home.path, args, folder);
const run = (...args: readonly string[]): Promise<Ended> => command(...args, '--json').ended;
const idIn = ({ summary }: Ended): string => (summary as unknown as { readonly runs: readonly string[] }).runs[0] ?? '';

describe('a run that is started with --detach', () => {
  it('needs a cloud that stays', async () => {
    const { summary, code, stderr } = await run('train', 'train.yaml', '--detach');
    expect(summary, stderr).toMatchObject({ code: 'LS_USAGE', message: expect.stringContaining('none is up') });
    expect(code).toBe(2);
  });

  it('goes on by itself; a watcher that leaves does not end it, and the last one gets all that it came to', async () => {
    up = command('local', 'up');
    await up.until(/is up/);
    const started = await command('train', 'train.yaml', '--detach', '--', enough).ended;
    expect(started.code, started.stderr).toBe(0);
    const runId = started.stdout.trim();
    expect(runId).toMatch(/^long-[0-9a-z]+$/);

    const first = command('attach', runId, '--json');
    await first.until(/train: started/);
    first.child.kill('SIGINT');
    const left = await first.ended;
    expect(left.stderr).toContain(`SIGINT: ${runId} goes on.`);
    expect(left.summary, left.stderr).toMatchObject({ ok: false, code: 'LS_DETACHED' });
    expect(left.code).toBe(130);
    const { runs } = (await run('status', runId)).summary as unknown as { readonly runs: readonly object[] };
    expect(runs).toMatchObject([{ runId, state: 'running' }]);

    const second = command('attach', 'latest', '--logs', '--json');
    const third = command('attach', runId, '--json');
    await second.until(/\[1\] begun/);
    await delay(500);
    writeFileSync(enough, '');
    const ended = await second.ended;
    expect(ended.summary, ended.stderr).toMatchObject({ ok: true, kind: 'train', runs: [runId], hostsReleased: 1 });
    expect(ended.stderr).toMatch(/stage: done in \d+\.\d s[\s\S]*release: done in/);
    expect(existsSync(ended.summary?.report ?? '')).toBe(true);
    expect((await third.ended).summary).toEqual(ended.summary);
    expect((await run('attach', runId)).summary).toEqual(ended.summary);
  }, 90_000);

  it('is an inference too', async () => {
    const runId = idIn(await run('infer', 'infer.yaml', '--detach'));
    const ended = await run('attach', runId);
    expect(ended.summary, ended.stderr).toMatchObject({ ok: true, kind: 'infer', runs: [runId], rowsPredicted: 10 });
  }, 60_000);

  it('that nobody has watched has its report when somebody asks, and its figures beside those of another', async () => {
    const runId = idIn(await run('infer', 'infer.yaml', '--detach'));
    const isOver = async () => /succeeded/.test((await command('status', runId).ended).stdout);
    while (!(await isOver())) await delay(200);
    const shown = join(folder, 'shown');
    const browser = join(folder, 'browser');
    writeFileSync(browser, `#!/bin/sh\necho "$1" > '${shown}'\n`, { mode: 0o755 });
    const asked = lockstep(home.path, ['report', runId, '--open', '--json'], folder, { BROWSER: browser });
    const { summary, stderr } = await asked.ended;
    expect(summary, stderr).toMatchObject({ ok: true, runId });
    while (!existsSync(shown) || readFileSync(shown, 'utf8') === '') await delay(50);
    expect(readFileSync(shown, 'utf8').trim()).toBe(summary?.report);
    expect(readFileSync(summary?.report ?? '', 'utf8')).toContain(runId);

    const compared = await run('compare', runId, 'long');
    expect(compared.summary, compared.stderr).toMatchObject({
      figures: { kind: ['infer', 'train'], rowsPredicted: [10, null], 'metric loss': [null, 0.5] },
    });
  }, 60_000);

  it('that failed fails its watcher, then and later', async () => {
    writeFileSync(
      join(folder, 'task.ts'),
      `import { run } from 'lockstep/task';\nawait run(() => { throw new Error('no weights'); });\n`,
    );
    const runId = idIn(await run('train', 'train.yaml', '--detach'));
    for (const _ of ['the end of it', 'what was kept']) {
      const { summary, code, stderr } = await run('attach', runId);
      expect(summary, stderr).toMatchObject({
        ok: false,
        code: 'LS_TASK_FAILED',
        message: expect.stringContaining('no weights'),
      });
      expect(code).toBe(6);
    }
  }, 60_000);
});
