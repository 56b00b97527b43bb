import { setTimeout as delay } from 'node:timers/promises';
import { run } from 'lockstep/task';

const STEPS = 80;

interface State {
  readonly step: number;
  readonly total: number;
}

await run(async (task) => {
  const saved = (await task.checkpoint.latest())?.files['state.json'];
  let { step, total }: State =
    saved === undefined ? { step: 0, total: 0 } : JSON.parse(Buffer.from(saved).toString('utf8'));
  while (step < STEPS) {
    const [sum = Number.NaN] = await task.allReduce(Float32Array.of(task.rank + step));
    total += sum;
    step += 1;
    if (task.rank === 0 && step % 5 === 0) {
      await task.checkpoint.save(step, { 'state.json': Buffer.from(JSON.stringify({ step, total })) });
    }
    if (task.rank === 0) await task.progress({ step, of: STEPS, metrics: { total } });
    await delay(40);
  }
  if (task.rank === 0) await task.result({ total }, {});
});
