import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '#core/gang/cause.ts';
import { dynamoGang } from './dynamo-gang.ts';
import { quantile, type Row, rowOf } from './row.ts';

const MEMBERS = 8;
const ROUNDS = 60;
/** Connections are opened and code is compiled in the first rounds. */
const WARM_UP = 10;

interface Passage {
  readonly round: number;
  readonly arrived: number;
  readonly released: number;
}

/** Eight agents with one task each, over the embedded DynamoDB: last arrival → last release, and what it costs. */
export async function run(): Promise<readonly Row[]> {
  const { latencies, counts, costs } = await measure({ rounds: ROUNDS, losesHints: false });
  const unheard = await measure({ rounds: ROUNDS / 2, losesHints: true });
  const { arrive, release, read } = costs.tookMs;
  const operationsMs = [arrive, release, read].map(median).reduce((sum, one) => sum + one, 0);
  const name = `barrier of ${MEMBERS}`;
  const sorted = latencies.toSorted((a, b) => a - b);
  return [
    rowOf(`${name}: last arrival to last release`, latencies, { unit: 'ms', reach: '' }),
    rowOf(`${name}: p99`, [quantile(sorted, 0.99)], { unit: 'ms', reach: '' }),
    rowOf(
      `${name}: over three single store operations of the same run`,
      latencies.map((one) => one / operationsMs),
      { unit: '×', reach: '≤ 1.5' },
    ),
    rowOf(`${name}: every poke lost`, unheard.latencies, { unit: 'ms', reach: '≤ 300' }),
    rowOf(
      `${name}: DynamoDB writes`,
      counts.map((one) => one.writes),
      { unit: 'a barrier', reach: `≤ ${MEMBERS + 1}` },
    ),
    rowOf(
      `${name}: DynamoDB reads`,
      counts.map((one) => one.reads),
      { unit: 'a barrier', reach: '' },
    ),
  ];
}

async function measure({ rounds, losesHints }: { readonly rounds: number; readonly losesHints: boolean }) {
  const task = fileURLToPath(new URL('./tasks/barrier-task.ts', import.meta.url));
  const gang = await dynamoGang({
    ...{ hosts: MEMBERS, tasksPerHost: 1, command: [process.execPath, task], losesHints },
    ...{ env: { ROUNDS: String(rounds) }, barrierTimeoutS: 60 },
    // A gang that begins again has met other trouble than was made for it, and has measured that.
    restarts: { user: 0, infrastructure: 0, preemption: 0 },
  });
  try {
    const counts = await watchCosts(gang, () => gang.over());
    const { phase, cause } = await gang.control();
    if (phase !== 'SUCCEEDED') throw new Error(`the gang ended as ${phase}: ${cause && describe(cause)}`);
    const passages = [...Array(MEMBERS).keys()].flatMap((host) => passagesOf(gang.folder, host));
    const latencies = [...Map.groupBy(passages, (one) => one.round).values()]
      .filter((round) => (round[0]?.round ?? 0) >= WARM_UP)
      .map((round) => Math.max(...round.map((one) => one.released)) - Math.max(...round.map((one) => one.arrived)));
    return { latencies, counts, costs: gang.costs };
  } finally {
    await gang.close();
  }
}

const median = (samples: readonly number[]): number =>
  quantile(
    samples.toSorted((a, b) => a - b),
    0.5,
  );

/** Requests of each round, taken when the epoch moves on. The first and the last rounds are not whole. */
async function watchCosts(gang: Awaited<ReturnType<typeof dynamoGang>>, over: () => Promise<unknown>) {
  const marks: { epoch: number; writes: number; reads: number }[] = [];
  const timer = setInterval(() => {
    const epoch = Math.max(0, ...[...gang.agents.values()].map((agent) => agent.state().control?.epoch ?? 0));
    if (epoch > (marks.at(-1)?.epoch ?? 0)) marks.push({ epoch, ...gang.costs });
  }, 5);
  await over();
  clearInterval(timer);
  return marks.slice(WARM_UP, -1).flatMap((mark, i) => {
    const next = marks[i + WARM_UP + 1];
    if (next === undefined) return [];
    const rounds = next.epoch - mark.epoch;
    return [{ writes: (next.writes - mark.writes) / rounds, reads: (next.reads - mark.reads) / rounds }];
  });
}

function passagesOf(folder: string, host: number): readonly Passage[] {
  const rank = readRank(folder, host);
  return rank
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Passage);
}

/** With one task a host the rank is the only log of the folder. */
function readRank(folder: string, host: number): string {
  const logs = join(folder, `i-${host}`, 'logs', '0');
  for (let rank = 0; rank < MEMBERS; rank++) {
    try {
      return readFileSync(join(logs, `${rank}.log`), 'utf8');
    } catch {
      // Another host has this rank.
    }
  }
  throw new Error(`host ${host} has no log`);
}
