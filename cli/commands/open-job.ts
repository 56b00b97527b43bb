import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import type { LocalSettings } from '#core/job/job.ts';
import { openCloud } from '../cloud/choose.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { type JobOverrides, loadJob } from '../job/load-job.ts';
import type { LoadedJob } from '../job/loaded.ts';
import { remedyForMissing } from '../job/near-file.ts';
import { prepare } from '../run/prepare.ts';
import type { CommandContext } from './context.ts';

type Kind = LoadedJob['kind'];

/** Reads a job file of the kind that the command is for. */
export function openJob<K extends Kind>(
  file: string,
  kind: K,
  overrides?: JobOverrides,
): Extract<LoadedJob, { readonly kind: K }> {
  const loaded = loadJob(file, overrides);
  if (loaded.kind === kind) return loaded as Extract<LoadedJob, { readonly kind: K }>;
  const shown = relative(process.cwd(), loaded.file);
  throw new LockstepError('LS_USAGE', `${shown} is a job of kind ${loaded.kind}, and this command takes kind ${kind}`, {
    remedy: `Run \`lockstep ${loaded.kind} ${shown}\`.`,
  });
}

export interface JobPlace {
  readonly file: string;
  readonly local: LocalSettings | undefined;
}

/** Makes the data of a job that runs on this machine, if the job says how, and checks that its warehouse is there. */
export async function prepareJob(
  { file, local }: JobPlace,
  { choice, screen, interrupt }: CommandContext,
): Promise<void> {
  if (local === undefined || choice.stack !== undefined) return;
  if (local.prepare !== undefined) {
    screen.phase('prepare');
    await prepare(local.prepare, file, interrupt.signal);
  }
  if (local.warehouse === undefined || existsSync(local.warehouse)) return;
  const message = `local.warehouse: there is no folder ${local.warehouse}`;
  const otherwise = 'Correct `local.warehouse` in the job file, or let `local.prepare` make it.';
  throw new LockstepError('LS_DATA_UNREADABLE', message, remedyForMissing(local.warehouse, otherwise));
}

export interface CloudWanted {
  readonly local?: LocalSettings | undefined;
  /** The run must go on when the command has ended. @default false */
  readonly detach?: boolean;
}

/**
 * Opens the cloud for one command and closes it again, however the command ends. `detach` takes none but one that stays.
 */
export async function withCloud<T>(
  { local, detach = false }: CloudWanted,
  context: CommandContext,
  work: (cloud: Cloud) => Promise<T>,
): Promise<T> {
  const { home, interrupt, choice, screen } = context;
  screen.phase('start');
  const cloud = await openCloud({ ...choice, detach, home, interrupt, local, say: screen.say });
  try {
    interrupt.signal.throwIfAborted();
    const result = await work(cloud);
    await cloud.settled();
    return result;
  } catch (error) {
    screen.fail();
    throw error;
  } finally {
    screen.phase('stop');
    await cloud.close();
    screen.end();
  }
}
