/** Starts sleepers in groups of their own under a guardian, prints their pids as JSON, and waits to be killed. */
import { spawn } from 'node:child_process';
import { startGuardian } from '#adapters/process/guardian.ts';

const guardian = startGuardian();
const sleeper = () => {
  const child = spawn('/bin/sh', ['-c', 'sleep 300 & echo $!; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return new Promise<{ leader: number; child: number }>((resolve) => {
    child.stdout.once('data', (data) => resolve({ leader: child.pid as number, child: Number(data) }));
  });
};
const watched = await sleeper();
const unwatched = await sleeper();
guardian.watch(watched.leader);
guardian.watch(unwatched.leader);
guardian.unwatch(unwatched.leader);
console.log(JSON.stringify({ watched, unwatched }));
setInterval(() => {}, 60_000);
