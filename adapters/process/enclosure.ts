import { type Cgroup, makeCgroup } from './cgroup.ts';
import { watchDescendants } from './descendants.ts';
import type { Guardian } from './guardian.ts';
import { findProcesses, findUserProcesses, type LivingProcess } from './process-table.ts';
import { signalProcess } from './signal.ts';

/** Holds every process that one attempt starts, so that its end can be proved and not only hoped for. */
export interface Enclosure {
  /** Runs `spawn`, whose children are held; their process groups are named with `hold`. */
  enter<T>(spawn: () => T): T;
  hold(pgid: number): void;
  /** What is alive. Empty means that nothing of the attempt is, as far as this machine can tell; see docs/hosts.md. */
  living(): readonly LivingProcess[];
  /** SIGKILL to all of it, once; repeated until `living` is empty. */
  kill(): void;
  /** Gives up what the enclosure took; called when nothing is alive. */
  close(): void;
}

export interface EnclosureOptions {
  /** Kills everything that is held if this process dies. */
  readonly guardian: Guardian;
  /** `NAME=value` that every process of the attempt was given in its environment. */
  readonly marker: string;
  /** Id of a user that nobody but the tasks runs as. */
  readonly uid?: number | undefined;
  /** Injected for tests: how a control group is made; default the kernel's, where it lets us. */
  readonly makeGroup?: () => Cgroup | undefined;
}

/**
 * A control group where the kernel has one for us, from which nothing can escape. Elsewhere what can be known of a
 * process: its group, its session, its ancestors and the environment that it began with. With a user of their own, tasks
 * can leave neither the group nor the user.
 */
export function openEnclosure({ guardian, marker, uid, makeGroup = makeCgroup }: EnclosureOptions): Enclosure {
  const group = makeGroup();
  if (group !== undefined) guardian.watchCgroup(group.path);
  const pgids = new Set<number>();
  const descendants = group === undefined ? watchDescendants(pgids) : undefined;

  const living = (): readonly LivingProcess[] => {
    // Also with a control group: one that runs as root may have moved itself out of it.
    const found = new Map(findProcesses(pgids, marker).map((one) => [one.pid, one]));
    for (const one of uid === undefined ? [] : findUserProcesses(uid)) found.set(one.pid, one);
    for (const one of descendants?.living() ?? []) found.set(one.pid, one);
    if (group?.isPopulated()) {
      for (const pid of group.pids()) found.set(pid, found.get(pid) ?? { pid, pgid: pid });
    }
    return [...found.values()];
  };
  return {
    enter: (spawn) => (group === undefined ? spawn() : group.enter(spawn)),
    hold(pgid) {
      pgids.add(pgid);
      guardian.watch(pgid);
    },
    living,
    kill() {
      group?.kill();
      for (const { pid } of living()) signalProcess(pid, 'SIGKILL');
    },
    close() {
      descendants?.close();
      for (const pgid of pgids) guardian.unwatch(pgid);
      // One that cannot be removed yet is left to the guardian, which tries for longer.
      if (group?.remove()) guardian.unwatchCgroup(group.path);
    },
  };
}
