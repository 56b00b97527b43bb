import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  const task = fileURLToPath(new URL('./tasks/barrier-task.ts', import.meta.url));
  const gang = await dynamoGang({
    hosts: MEMBERS,
    tasksPerHost: 1,
    command: [process.execPath, task],
    env: { ROUNDS: String(ROUNDS) },
    barrierTimeoutS: 60,
  });
  try {
    const counts = await watchCosts(gang, () => gang.over());
    const passages = [...Array(MEMBERS).keys()].flatMap((host) => passagesOf(gang.folder, host));
    const latencies = [...Map.groupBy(passages, (one) => one.round).values()]
      .filter((round) => (round[0]?.round ?? 0) >= WARM_UP)
      .map((round) => Math.max(...round.map((one) => one.released)) - Math.max(...round.map((one) => one.arrived)));
    const sorted = [...latencies].sort((a, b) => a - b);
    const p99 = quantile(sorted, 0.99);
    return [
      rowOf(`barrier of ${MEMBERS}: last arrival to last release`, latencies, { unit: 'ms', reach: '≤ 150' }),
      rowOf(`barrier of ${MEMBERS}: p99`, [p99], { unit: 'ms', reach: '' }),
      rowOf(
        `barrier of ${MEMBERS}: DynamoDB writes`,
        counts.map((one) => one.writes),
        {
          unit: 'a barrier',
          reach: `≤ ${MEMBERS + 2}`,
        },
      ),
      rowOf(
        `barrier of ${MEMBERS}: DynamoDB reads`,
        counts.map((one) => one.reads),
        { unit: 'a barrier', reach: '' },
      ),
    ];
  } finally {
    await gang.close();
  }
}

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
