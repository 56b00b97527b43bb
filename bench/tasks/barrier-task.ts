/** Meets the others again and again, each time after a pause of its own, and prints when it came and when it went on. */
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../gpu-agent/sdk/index.ts';

const now = () => performance.timeOrigin + performance.now();

await run(async (task) => {
  for (let round = 0; round < Number(process.env.ROUNDS); round++) {
    // Spread over 60 ms, in an order that changes from round to round.
    await delay(20 + ((task.rank * 7 + round * 3) % task.worldSize) * 8);
    const arrived = now();
    await task.barrier();
    console.log(JSON.stringify({ round, arrived, released: now() }));
  }
});
