/** What the end of an attempt is made sure by, with an enclosure that gives up what it holds only little by little. */
import { expect, it } from 'vitest';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import type { Enclosure } from '#adapters/process/enclosure.ts';
import { startGuardian } from '#adapters/process/guardian.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { createSupervisor } from '../../gpu-agent/supervisor/supervisor.ts';

/** Loses one process with each round of SIGKILL, as one that forks while it is being killed does. */
function slowToDie(count: number) {
  const seen = { rounds: 0, left: count, isClosed: false };
  const enclosure: Enclosure = {
    enter: (spawn) => spawn(),
    hold() {},
    living: () => Array.from({ length: seen.left }, (_, index) => ({ pid: 2 ** 30 + index, pgid: 2 ** 30 })),
    kill() {
      seen.rounds += 1;
      seen.left -= 1;
    },
    close() {
      seen.isClosed = true;
      expect(seen.left).toBe(0);
    },
  };
  return { enclosure, seen };
}

it('kills in rounds until nothing is left, and only then counts as stopped', async () => {
  const guardian = startGuardian();
  try {
    const { enclosure, seen } = slowToDie(5);
    const options = { guardian, clock: memoryClock(0), log: jsonLog(() => {}), onExit: () => {} };
    const supervisor = createSupervisor({ ...options, open: () => enclosure });
    supervisor.start([], 'NAME=value');
    await supervisor.stop(0);
    expect(seen).toEqual({ rounds: 5, left: 0, isClosed: true });
  } finally {
    await guardian.close();
  }
});
