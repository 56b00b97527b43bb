import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, describeExit } from '#core/gang/cause.ts';
import type { Control, TaskExit } from '#core/gang/records.ts';
import { dynamoGang } from './dynamo-gang.ts';
import { type Row, rowOf } from './row.ts';

const HOSTS = 4;
const CRASHES = 12;
const LOSSES = 3;

interface Note {
  readonly what: 'started' | 'crashed' | 'told';
  readonly attempt: number;
  readonly rank: number;
  readonly at: number;
}

/** A gang of four over the embedded DynamoDB loses a task, or a host, in attempt after attempt. */
export async function run(): Promise<readonly Row[]> {
  return [...(await taskCrashes()), ...(await hostLosses())];
}

async function taskCrashes(): Promise<readonly Row[]> {
  const env = { CRASHES: String(CRASHES), LOSSES: '0' };
  const notes = await withGang(env, { user: CRASHES }, (gang) => gang.over());
  const attempts = [...Array(CRASHES).keys()];
  const toSigterm = attempts.map((attempt) => {
    const told = notes.filter((note) => note.what === 'told' && note.attempt === attempt);
    if (told.length !== HOSTS - 1) throw new Error(`attempt ${attempt}: ${told.length} tasks were told to stop`);
    return latest(told) - crashOf(notes, attempt);
  });
  const toRestart = attempts.map((attempt) => {
    const started = notes.filter((note) => note.what === 'started' && note.attempt === attempt + 1);
    return latest(started) - crashOf(notes, attempt);
  });
  return [
    rowOf('task crash: every task of the gang has SIGTERM', seconds(toSigterm), { unit: 's', reach: '≤ 0.05' }),
    rowOf('task crash: all tasks of the next attempt past a barrier', seconds(toRestart), {
      ...{ unit: 's', reach: '≤ 0.7' },
    }),
  ];
}

async function hostLosses(): Promise<readonly Row[]> {
  const killedAt: number[] = [];
  const notes = await withGang({ CRASHES: '0', LOSSES: String(LOSSES) }, { infrastructure: LOSSES }, async (gang) => {
    const over = gang.over();
    for (let attempt = 0; attempt < LOSSES; attempt++) {
      while (!((await gang.control()).attempt === attempt && (await gang.control()).epoch === 1)) await delay(20);
      await delay(500);
      killedAt.push(performance.timeOrigin + performance.now());
      [...gang.agents.values()][attempt % HOSTS]?.terminate();
    }
    return await over;
  });
  const samples = killedAt.map(
    (at, attempt) => latest(notes.filter((note) => note.what === 'started' && note.attempt === attempt + 1)) - at,
  );
  const name = 'host silent: all tasks of the next attempt past a barrier';
  return [rowOf(name, seconds(samples), { unit: 's', reach: '≤ 4' })];
}

type Gang = Awaited<ReturnType<typeof dynamoGang>>;

async function withGang(
  env: Readonly<Record<string, string>>,
  budget: { user?: number; infrastructure?: number },
  work: (gang: Gang) => Promise<Control>,
): Promise<readonly Note[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-notes-'));
  const log: string[] = [];
  const task = fileURLToPath(new URL('./tasks/crash-task.ts', import.meta.url));
  const gang = await dynamoGang({
    ...{ hosts: HOSTS, tasksPerHost: 1, command: [process.execPath, task] },
    env: { ...env, NOTES: folder },
    restarts: { user: 0, infrastructure: 0, preemption: 0, ...budget },
    onLog: (line) => log.push(line),
  });
  try {
    checkOutcome(await work(gang), budget, log);
    return readdirSync(folder).flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Note),
    );
  } finally {
    await gang.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A gang that met other trouble than was made for it has measured nothing: the error says which. A task that was made to
 * crash says nothing, so one that ended by itself and had something to say is such trouble.
 */
function checkOutcome({ phase, cause, charged }: Control, budget: Partial<Control['charged']>, log: readonly string[]) {
  const expected = { user: 0, infrastructure: 0, preemption: 0, ...budget };
  const isAsPlanned = Object.entries(expected).every(
    ([name, count]) => charged[name as keyof typeof charged] === count,
  );
  const trouble = log
    .filter((line) => line.includes('"task ended"'))
    .flatMap((line) => {
      const { rank, exit } = JSON.parse(line) as { rank: number; exit: TaskExit };
      return exit.stopped || exit.message === undefined ? [] : [`rank ${rank} ${describeExit(exit)}`];
    });
  if (phase === 'SUCCEEDED' && isAsPlanned && trouble.length === 0) return;
  const why = cause === undefined ? '' : `: ${describe(cause)}`;
  throw new Error([`the gang ended as ${phase}, charged ${JSON.stringify(charged)}${why}`, ...trouble].join('\n'));
}

const latest = (notes: readonly Note[]): number => Math.max(...notes.map((note) => note.at));

const seconds = (ms: readonly number[]): readonly number[] => ms.map((one) => one / 1000);

function crashOf(notes: readonly Note[], attempt: number): number {
  const crash = notes.find((note) => note.what === 'crashed' && note.attempt === attempt);
  if (crash === undefined) throw new Error(`no task crashed in attempt ${attempt}`);
  return crash.at;
}
