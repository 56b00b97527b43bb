/**
 * One rank crashes in every attempt but the last; all write down, as lines of one file a rank, when they passed their
 * first barrier, when they crashed and when they were told to stop.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { context } from '../../gpu-agent/sdk/index.ts';

const task = await context();
const note = (what: string) => {
  const line = { what, attempt: task.attempt, rank: task.rank, at: performance.timeOrigin + performance.now() };
  appendFileSync(`${process.env.NOTES}/${task.rank}.jsonl`, `${JSON.stringify(line)}\n`);
};
process.once('SIGTERM', () => {
  note('told');
  process.exit(143);
});

await task.barrier();
note('started');
if (task.attempt < Number(process.env.CRASHES)) {
  await delay(400);
  if (task.rank === task.attempt % task.worldSize) {
    note('crashed');
    process.exit(1);
  }
  await delay(60_000);
}
// A gang that loses a host instead of a task goes on until all have started again.
while (task.attempt < Number(process.env.LOSSES)) await delay(1_000);
process.exit(0);
