import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { isRemote } from '#core/job/remote.ts';
import type { LoadedInfer } from '../job/loaded.ts';

const DATA_FILE = /\.(arrow|arrows|feather)$/;

/** Paths of the data files that a job's input names on this machine: files as they are, folders by what they hold. */
export function localInputs({ job, file }: LoadedInfer): readonly string[] {
  return job.input.filter((place) => !isRemote(place)).flatMap((place) => dataFiles(place, file));
}

/** The model's bytes where the job names a file on this machine. LS_MODEL_UNREADABLE where it is not there. */
export function localModel({ job, file }: LoadedInfer): Uint8Array | undefined {
  if (isRemote(job.model)) return undefined;
  try {
    return readFileSync(job.model);
  } catch (cause) {
    throw new LockstepError('LS_MODEL_UNREADABLE', `${basename(file)} model: ${(cause as Error).message}`, { cause });
  }
}

/** The bytes of a data file. LS_DATA_UNREADABLE where it cannot be read, or is larger than a command line can upload. */
export function readInput(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const isTooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_FS_FILE_TOO_LARGE';
    throw new LockstepError('LS_DATA_UNREADABLE', `${file}: ${(cause as Error).message}`, {
      cause,
      ...(isTooLarge && { remedy: 'Upload it with a tool of AWS, and name its s3:// address as input.' }),
    });
  }
}

function dataFiles(place: string, jobFile: string): readonly string[] {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new LockstepError('LS_DATA_UNREADABLE', `${basename(jobFile)} input: there is no file or folder ${place}`);
  }
  if (!stat.isDirectory()) return [place];
  const files = readdirSync(place, { withFileTypes: true })
    .filter((entry) => DATA_FILE.test(entry.name) && !entry.isDirectory())
    .map(({ name }) => join(place, name))
    .sort();
  if (files.length > 0) return files;
  throw new LockstepError(
    'LS_DATA_EMPTY',
    `${basename(jobFile)} input: ${place} holds no Arrow file (.arrow, .arrows, .feather)`,
  );
}
