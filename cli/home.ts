import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LockstepError } from '#core/errors.ts';

/** Everything that Lockstep keeps on this machine: `.lockstep` in the working directory, or `LOCKSTEP_HOME`. */
export interface Home {
  readonly folder: string;
  /** One folder a local cloud, gone with it. */
  readonly clouds: string;
  /** One folder a run: its committed outputs, logs, summary and report. They stay. */
  readonly runs: string;
  /** The models that were published here, by name and run. They stay. */
  readonly models: string;
}

/** Where it is. Nothing is made yet: a command that only looks leaves no trace. LS_STATE_UNUSABLE where it is no folder. */
export function openHome(): Home {
  // An empty variable is one that is not set: the working directory itself must never become the state folder.
  const folder = resolve(process.env.LOCKSTEP_HOME || '.lockstep');
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new LockstepError('LS_STATE_UNUSABLE', `${folder} is a file, expected a folder`);
  }
  return { folder, clouds: join(folder, 'clouds'), runs: join(folder, 'runs'), models: join(folder, 'models') };
}

/** Makes it where it is not there. LS_STATE_UNUSABLE where it cannot be made. */
export function makeHome({ folder, clouds, runs, models }: Home): void {
  try {
    const isNew = !existsSync(folder);
    for (const each of [clouds, runs, models]) mkdirSync(each, { recursive: true });
    // Only a folder of our own is hidden from git: one that was there may be somebody's project.
    if (isNew) writeFileSync(join(folder, '.gitignore'), '*\n');
  } catch (cause) {
    throw new LockstepError('LS_STATE_UNUSABLE', `${folder}: ${(cause as Error).message}`, { cause });
  }
}

/** The folder of a run, made if it is not there. */
export function runFolder(home: Home, runId: string): string {
  makeHome(home);
  const folder = join(home.runs, runId);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** What a folder holds; nothing where it is not there, or no folder. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
