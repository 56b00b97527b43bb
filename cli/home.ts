import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of this clone: where the sources, the packages and the CDK app are. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Everything that Lockstep keeps on this machine: `.lockstep` in the working directory, or `LOCKSTEP_HOME`. */
export interface Home {
  readonly folder: string;
  /** One folder a local cloud, gone with it. */
  readonly clouds: string;
  /** One folder a run: its committed outputs, logs, summary and report. They stay. */
  readonly runs: string;
}

export function openHome(): Home {
  const folder = resolve(process.env.LOCKSTEP_HOME ?? '.lockstep');
  const home = { folder, clouds: join(folder, 'clouds'), runs: join(folder, 'runs') };
  for (const each of [home.clouds, home.runs]) mkdirSync(each, { recursive: true });
  const ignore = join(folder, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  return home;
}

/** The folder of a run, made if it is not there. */
export function runFolder(home: Home, runId: string): string {
  const folder = join(home.runs, runId);
  mkdirSync(folder, { recursive: true });
  return folder;
}
