import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killGroup, startInGroup } from './command.ts';
import { ROOT, STACK } from './deploy.ts';
import { clientEnv, withoutAws } from './emulator.ts';
import type { Session } from './session.ts';

/** One run of the command line against the deployed stack. */
export interface LockstepCommand {
  /** Resolves when what it printed matches; rejects if it ends first, or after two minutes. */
  until(text: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
}

export interface Ended {
  readonly exitCode: number | null;
  /** Everything that it printed. */
  readonly printed: string;
  /** The JSON of its last line; empty if that is none. */
  readonly summary: Readonly<Record<string, unknown>>;
}

const LIMIT_MS = 150_000;
let count = 0;

/** Starts `lockstep ARGS --stack … --outputs … --json`, as somebody who deployed the stack would. It is killed after 150 s. */
export function lockstep({ emulator, guardian, folder, cdk }: Session, args: readonly string[]): LockstepCommand {
  const log = join(folder, `lockstep-${count++}.log`);
  const all = ['cli/lockstep.mjs', ...args, '--stack', STACK, '--outputs', cdk.outputsFile, '--json'];
  const env = { ...withoutAws(), ...clientEnv(emulator.url), LOCKSTEP_HOME: join(folder, 'home') };
  const child = startInGroup(process.execPath, all, { cwd: ROOT, env, log });
  const pid = child.pid as number;
  guardian.watch(pid);
  const timer = setTimeout(() => killGroup(pid), LIMIT_MS);
  const printed = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  let isOver = false;
  const ended = new Promise<Ended>((resolve) => {
    child.once('exit', (exitCode) => {
      isOver = true;
      clearTimeout(timer);
      killGroup(pid);
      guardian.unwatch(pid);
      resolve({ exitCode, printed: printed(), summary: lastJson(printed()) });
    });
  });
  return {
    ended,
    async until(text) {
      for (;;) {
        const found = text.exec(printed());
        if (found !== null) return found;
        if (isOver) throw new Error(`lockstep ${args[0]} ended before ${text}:\n${printed()}`);
        await delay(100);
      }
    },
  };
}

function lastJson(printed: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(printed.trimEnd().split('\n').at(-1) ?? '');
  } catch {
    return {};
  }
}
