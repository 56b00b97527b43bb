/** What commands print with `--json` is what their schemas say, no more and no less: run for real, one after the other. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANSWERS, FAILURE } from '../../cli/answers/answers.ts';
import { newProgram } from '../../cli/program/program.ts';
import { lockstep, type Command as Running } from './command.ts';

const root = mkdtempSync(join(tmpdir(), 'lockstep-answers-'));
const [home, folder] = [join(root, 'home'), join(root, 'work')];
const seen = new Set<string>();

/** What is wrong with an answer to these words; nothing if one of their schemas takes it. */
function problems(words: string, value: unknown): readonly string[] {
  const schemas = ANSWERS[words] ?? [];
  const tried = schemas.map((schema) => schema.safeParse(value));
  if (tried.some(({ success }) => success)) return [];
  return tried.flatMap(({ error }) => error?.issues.map((issue) => JSON.stringify(issue)) ?? []);
}

const lastLine = (stdout: string): Record<string, unknown> => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');

/** Runs a command in the folder of the jobs, and holds what it prints against the schemas of its words. */
async function answerTo(words: string, ...args: readonly string[]) {
  const { stdout, stderr } = await lockstep(home, [...words.split(' '), ...args, '--json'], folder).ended;
  const value = lastLine(stdout);
  expect(problems(words, value), `${stderr}\n${stdout}`).toEqual([]);
  seen.add(words);
  return value;
}

/** The first line of a command that goes on until it is stopped. */
async function firstLine(running: Running): Promise<unknown> {
  let text = '';
  return await new Promise((done) => {
    running.child.stdout?.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) done(JSON.parse(text.split('\n')[0] ?? ''));
    });
  });
}

describe('what commands print with --json', { timeout: 60_000 }, () => {
  let cloud: Running;
  beforeAll(() => {
    for (const one of [home, folder]) mkdirSync(one);
  });
  afterAll(async () => {
    cloud?.child.kill('SIGTERM');
    await cloud?.ended;
    rmSync(root, { recursive: true, force: true });
  });

  it('has a schema for every command of the program', () => {
    const words = (command: Command, before: readonly string[]): readonly string[] =>
      command.commands
        .filter((one) => !one.name().startsWith('__'))
        .flatMap((one) => {
          const own = [...before, one.name()];
          return one.commands.length > 0 && own.join(' ') !== 'models'
            ? words(one, own)
            : [own.join(' '), ...words(one, own)];
        });
    const program = newProgram({ contextOf: () => undefined as never, done: () => {} });
    expect(Object.keys(ANSWERS).toSorted()).toEqual([...words(program, [])].toSorted());
  });

  it('of commands about a folder', async () => {
    await answerTo('init');
    await answerTo('init', 'pipeline');
    await answerTo('init', 'stream');
    await answerTo('stream', 'stream.yaml', '--once');
    await answerTo('plan', 'train.yaml');
    await answerTo('doctor');
    await answerTo('completion', 'bash');
    await answerTo('status');
  });

  it('of commands that run jobs in a cloud that is up', async () => {
    cloud = lockstep(home, ['local', 'up', '--warehouse', 'warehouse', '--json'], folder);
    const up = await firstLine(cloud);
    expect(problems('local up', up)).toEqual([]);
    seen.add('local up');
    await answerTo('local env');
    const { runs } = await answerTo('train', 'train.yaml');
    const [trained = ''] = runs as readonly string[];
    await answerTo('logs', trained);
    await answerTo('logs', trained, '--functions');
    const detached = await answerTo('infer', 'infer.yaml', '--detach');
    const [inferred = ''] = detached.runs as readonly string[];
    await answerTo('attach', inferred);
    await answerTo('plan', 'infer.yaml');
    await answerTo('status', trained);
    await answerTo('report', trained);
    await answerTo('compare', trained, inferred);
    await answerTo('cancel', trained);
    await cancelAndResume();
    await answerTo('read', inferred, '--to', 'predictions.csv');
    await answerTo('verify', inferred);
    await setAsideAndReplay();
    await answerTo('models');
    await answerTo('serve', 'infer.yaml');
    await answerTo('served');
    await answerTo('unserve', 'flowers');
    const page = lockstep(home, ['dashboard', '--json'], folder);
    const first = (await firstLine(page)) as { url: string };
    expect(problems('dashboard', first)).toEqual([]);
    seen.add('dashboard');
    await holdsTheReadModel(first.url, trained);
    page.child.kill('SIGINT');
    await page.ended;
  }, 120_000);

  /** A run that sets a flower aside, which another module predicts. */
  async function setAsideAndReplay(): Promise<void> {
    const picky = `export function predict(rows) {
      if (rows.get(0).id === 1) throw new Error('no');
      return new Int32Array(rows.numRows);
    }`;
    writeFileSync(join(folder, 'picky.mjs'), picky);
    writeFileSync(join(folder, 'easy.mjs'), 'export const predict = (rows) => new Int32Array(rows.numRows);');
    const job =
      'kind: infer\nname: picky\nmodel: ./picky.mjs\ninput: [./new-flowers.arrow]\npredict: { kind: module }\n' +
      'onError: { toleratedRowFraction: 1 }\n';
    writeFileSync(join(folder, 'picky.yaml'), job);
    const { runs } = await answerTo('infer', 'picky.yaml');
    const [run = ''] = runs as readonly string[];
    expect(await answerTo('read', run, '--dead')).toMatchObject({ dead: expect.any(Number) });
    await answerTo('replay', run, '--model', 'easy.mjs');
  }

  /** A run that waits until it may go on, so that it is cancelled before its end. */
  async function cancelAndResume(): Promise<void> {
    const goOn = join(folder, 'go-on');
    const module = `
      import { existsSync } from 'node:fs';
      import { setTimeout } from 'node:timers/promises';
      export async function predict(rows) {
        while (rows.numRows > 64 && !existsSync(${JSON.stringify(goOn)})) await setTimeout(50);
        return { rows: new Int32Array(rows.numRows).fill(rows.numRows) };
      }`;
    writeFileSync(join(folder, 'waits.mjs'), module);
    const job =
      'kind: infer\nname: waits\nmodel: ./waits.mjs\ninput: [./new-flowers.arrow]\npredict: { kind: module }\n';
    writeFileSync(join(folder, 'waits.yaml'), job);
    const { runs } = await answerTo('infer', 'waits.yaml', '--detach');
    const [waiting = ''] = runs as readonly string[];
    await answerTo('cancel', waiting);
    writeFileSync(goOn, '');
    await answerTo('resume', waiting);
  }

  it('of commands that end or remove something', async () => {
    await answerTo('local down');
    await answerTo('pipeline', 'pipeline.yaml');
    await answerTo('runs rm', 'latest');
    await answerTo('models prune');
    await answerTo('models rm', 'flowers');
  }, 90_000);

  it('of a command that fails', async () => {
    const failures = [
      ['train', 'none.yaml'],
      ['infer', 'infer.yaml', '--set', 'predict.scores=none'],
    ];
    for (const args of failures) {
      const { stdout } = await lockstep(home, [...args, '--json'], folder).ended;
      expect(FAILURE.safeParse(lastLine(stdout)).error?.issues ?? []).toEqual([]);
    }
  });

  it('was looked at for every command', () => {
    expect(Object.keys(ANSWERS).filter((words) => !seen.has(words))).toEqual([]);
  });
});

/** The data of a page of the dashboard, held to the schema of a run. */
async function holdsTheReadModel(url: string, runId: string): Promise<void> {
  const { runDetails } = await import('../../cli/answers/read-model.ts');
  const { origin, hash } = new URL(url);
  const headers = { authorization: `Bearer ${hash.slice('#token='.length)}` };
  const answer = await fetch(`${origin}/api/runs/${runId}`, { headers });
  const { run } = (await answer.json()) as { run: unknown };
  expect(runDetails.safeParse(run).error?.issues ?? []).toEqual([]);
}
