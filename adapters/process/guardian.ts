import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { invariant } from '#core/errors.ts';

/** Kills, with SIGKILL, the groups it watches once this process is gone, however this process ended. */
export interface Guardian {
  /** Puts a process group (the pid of a child spawned with `detached: true`) under watch. */
  watch(pgid: number): void;
  /** Ends the watch of a group that is known to have ended, so that a reused id is never killed. */
  unwatch(pgid: number): void;
  /** The same for a control group, by its folder, which is removed as well. */
  watchCgroup(path: string): void;
  unwatchCgroup(path: string): void;
  /** Kills whatever is still watched and ends the guardian; resolves when it is done. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * It reads `watch ID` and `unwatch ID` lines, where an id is that of a process group or the folder of a control group. End of input means that nobody holds the other end of the pipe, because
 * the owner closed it or died. Signals meant for the owner's terminal are ignored: only the pipe decides.
 */
const SCRIPT = `
trap '' HUP INT TERM
groups=' '
while read -r verb group; do
  kept=' '
  for each in $groups; do [ "$each" = "$group" ] || kept="$kept$each "; done
  groups=$kept
  [ "$verb" = watch ] && groups="$groups$group "
done
for group in $groups; do
  case $group in
    /*) echo 1 2>/dev/null > "$group/cgroup.kill" ;;
    *) kill -9 "-$group" 2>/dev/null ;;
  esac
done
for group in $groups; do
  tries=0
  case $group in /*) until rmdir "$group" 2>/dev/null || [ ! -d "$group" ] || [ $tries -ge 100 ]; do
    tries=$((tries + 1)); sleep 0.05
  done ;; esac
done
exit 0
`;

/** Starts one guardian: a shell in a session of its own, whose standard input is a pipe that only this process holds. */
export function startGuardian(): Guardian {
  const watched = new Set<number | string>();
  let closed = false;
  let shell = start();

  function start(): { readonly input: Writable; readonly ended: Promise<void>; ref(): void } {
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'lockstep-guardian'], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // A shell that was killed is noticed at its exit, where it is replaced; the broken pipe itself tells nothing more.
    child.stdin.on('error', () => {});
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.once('exit', () => {
      if (!closed) shell = start();
    });
    child.unref();
    (child.stdin as Writable & { unref(): void }).unref();
    for (const group of watched) child.stdin.write(`watch ${group}\n`);
    return { input: child.stdin, ended, ref: () => child.ref() };
  }

  const watch = (group: number | string) => {
    watched.add(group);
    shell.input.write(`watch ${group}\n`);
  };
  const unwatch = (group: number | string) => {
    watched.delete(group);
    shell.input.write(`unwatch ${group}\n`);
  };
  return {
    watch(pgid) {
      invariant(Number.isInteger(pgid) && pgid > 1, `${pgid} is a process group`);
      watch(pgid);
    },
    unwatch,
    watchCgroup(path) {
      // The script tells the two kinds of group apart by the slash, and words by the space between them.
      invariant(/^\/\S+$/.test(path), `${path} is an absolute path without spaces`);
      watch(path);
    },
    unwatchCgroup: unwatch,
    async close() {
      closed = true;
      // Without it a process with nothing else to do would end in the middle of this.
      shell.ref();
      shell.input.end();
      await shell.ended;
      // Only matters if the shell itself was killed a moment ago and could not do it.
      for (const group of watched) if (typeof group === 'number') killGroup(group);
      watched.clear();
    },
  };
}

function killGroup(pgid: number): void {
  try {
    process.kill(-pgid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
