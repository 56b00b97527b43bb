/**
 * `npm run kill [-- --seed N] [--runs K] [--victim NAME] [--at-once M]`: trains on the local cloud and kills, at a random
 * moment, a task, an agent, a host, a function, a guardian or the command. Prints a line a run; exits with 1 if any ended
 * wrong. The same seed draws the same victims and moments; what the machine makes of the moments is its own. Runs know
 * nothing of each other: each has a cloud and a state folder of its own, by which its victims and its leavings are found.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { random } from '#core/gang/agent/pace.ts';
import { type Command, lockstep, processesAfter, stateFolder } from '../e2e/command.ts';
import { type Aftermath, type Outcome, wrongs } from './judge.ts';
import { find, VICTIMS, type Victim } from './victims.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '50' },
    victim: { type: 'string' },
    'at-once': { type: 'string', default: String(Math.min(2, availableParallelism())) },
  },
});

const JOB = fileURLToPath(new URL('./job/train.yaml', import.meta.url));
/** Of 80 steps and 4 ranks: see job/task.ts. */
const EXPECTED = Array.from({ length: 80 }, (_, step) => 6 + 4 * step).reduce((sum, one) => sum + one, 0);
const HANGS_AFTER_MS = 120_000;
/** Moments are drawn over the phases of a run, most of them while tasks run. */
const MOMENTS = ['acquire: started', 'train: started', 'train: started'] as const;
const SPREAD_MS = [1_200, 6_000, 6_000] as const;

interface Draw {
  readonly victim: Victim;
  readonly phase: number;
  readonly afterMs: number;
  readonly pick: number;
}

function* draws(seed: number): Generator<Draw, never, void> {
  let state = seed;
  const next = () => {
    const drawn = random(state);
    state = drawn.seed;
    return drawn.value;
  };
  for (;;) {
    const victim = VICTIMS[Math.floor(next() * VICTIMS.length)] as Victim;
    const phase = Math.floor(next() * MOMENTS.length);
    yield { victim, phase, afterMs: Math.round(next() * (SPREAD_MS[phase] as number)), pick: next() };
  }
}

async function strike(draw: Draw, command: Command, home: string): Promise<boolean> {
  await command.until(MOMENTS[draw.phase] as string, HANGS_AFTER_MS).catch(() => {});
  await delay(draw.afterMs);
  const deadline = performance.now() + 2_000;
  while (performance.now() < deadline) {
    const pids = find(draw.victim, home, command.child.pid ?? 0, draw.pick);
    const killed = pids.filter(kill);
    if (killed.length > 0) return true;
    await delay(20);
  }
  return false;
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // it ended by itself a moment before
  }
}

async function runOnce(draw: Draw): Promise<Aftermath> {
  const home = stateFolder();
  const command = lockstep(home.path, ['train', JOB, '--json']);
  try {
    const hit = await strike(draw, command, home.path);
    const ended = await Promise.race([command.ended, delay(HANGS_AFTER_MS, undefined, { ref: false })]);
    if (ended === undefined) process.kill(-(command.child.pid ?? 0), 'SIGKILL');
    const left = (await processesAfter(home.path, 15_000)).map(nameOf);
    await lockstep(home.path, ['status', '--json']).ended;
    const summary = ended?.summary as Outcome | undefined;
    return {
      ...{ victim: draw.victim, hit, left, summary },
      end: ended && { code: ended.code, signal: ended.signal },
      total: totalOf(summary),
      clouds: readdirSync(join(home.path, 'clouds')),
    };
  } finally {
    home.remove();
  }
}

function totalOf(summary: Outcome | undefined): number | undefined {
  if (summary?.outputs === undefined) return undefined;
  const manifest = JSON.parse(readFileSync(new URL(summary.outputs), 'utf8')) as { metrics: { total?: number } };
  return manifest.metrics.total;
}

function nameOf(pid: number): string {
  try {
    return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').slice(0, 80)}`;
  } catch {
    return String(pid);
  }
}

const only = values.victim;
if (only !== undefined && !VICTIMS.includes(only as Victim)) {
  console.error(`no such victim: ${only}; there are ${VICTIMS.join(', ')}`);
  process.exit(2);
}
/** One run from beginning to end, told in a line; true if it ended right. */
async function tell(run: number, draw: Draw): Promise<boolean> {
  const started = performance.now();
  const aftermath = await runOnce(draw);
  const wrong = wrongs(aftermath, EXPECTED);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const history = (aftermath.summary?.history ?? []).flatMap(({ chargedTo }) => chargedTo ?? []);
  const what = `${draw.victim} ${draw.afterMs} ms after "${MOMENTS[draw.phase]}"${aftermath.hit ? '' : ' (nobody there)'}`;
  const charged = history.length === 0 ? 'nothing charged' : `charged ${history.join(', ')}`;
  console.log(
    `${wrong.length === 0 ? 'ok   ' : 'WRONG'} ${run}: ${what}: ${seconds} s, ${charged}${wrong.map((one) => `\n      ${one}`).join('')}`,
  );
  return wrong.length === 0;
}

const runs = Number(values.runs);
const source = draws(Number(values.seed));
const startedMs = performance.now();
let next = 0;
let failed = 0;
await Promise.all(
  Array.from({ length: Number(values['at-once']) }, async () => {
    while (next < runs) {
      const run = next++;
      const drawn = source.next().value;
      const isRight = await tell(run, only === undefined ? drawn : { ...drawn, victim: only as Victim });
      if (!isRight) failed += 1;
    }
  }),
);
console.log(`\n${runs} runs in ${Math.round((performance.now() - startedMs) / 1000)} s (seed ${values.seed})`);
console.log(`${runs - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
