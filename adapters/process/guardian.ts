import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { invariant } from '#core/errors.ts';

/** Kills, with SIGKILL, the process groups it watches once this process is gone, however this process ended. */
export interface Guardian {
  /** Puts a process group (the pid of a child spawned with `detached: true`) under watch. */
  watch(pgid: number): void;
  /** Ends the watch of a group that is known to have ended, so that a reused id is never killed. */
  unwatch(pgid: number): void;
  /** Kills whatever is still watched and ends the guardian; resolves when it is done. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * It reads `watch ID` and `unwatch ID` lines. End of input means that nobody holds the other end of the pipe, because
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
for group in $groups; do kill -9 "-$group" 2>/dev/null; done
exit 0
`;

/** Starts one guardian: a shell in a session of its own, whose standard input is a pipe that only this process holds. */
export function startGuardian(): Guardian {
  const watched = new Set<number>();
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
    for (const pgid of watched) child.stdin.write(`watch ${pgid}\n`);
    return { input: child.stdin, ended, ref: () => child.ref() };
  }

  return {
    watch(pgid) {
      invariant(Number.isInteger(pgid) && pgid > 1, `${pgid} is a process group`);
      watched.add(pgid);
      shell.input.write(`watch ${pgid}\n`);
    },
    unwatch(pgid) {
      watched.delete(pgid);
      shell.input.write(`unwatch ${pgid}\n`);
    },
    async close() {
      closed = true;
      // Without it a process with nothing else to do would end in the middle of this.
      shell.ref();
      shell.input.end();
      await shell.ended;
      // Only matters if the shell itself was killed a moment ago and could not do it.
      for (const pgid of watched) killGroup(pgid);
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
