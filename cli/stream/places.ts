import { mkdirSync, statSync } from 'node:fs';
import { basename, relative } from 'node:path';
import { fileObjects } from '#adapters/folder/file-objects.ts';
import { LockstepError } from '#core/errors.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import type { StreamJob } from '#core/job/job.ts';
import { isRemote, publishedName } from '#core/job/remote.ts';
import type { CommandContext } from '../commands/context.ts';
import type { LoadedStream } from '../job/loaded.ts';
import { remedyForMissing } from '../job/near-file.ts';
import { requireKept } from '../models/ready-model.ts';
import { shippedModel } from '../run/local-inputs.ts';

export interface StreamFolders {
  readonly watch: string;
  readonly to: string;
}

/** The two folders of a stream on this machine; that of the answers is made. LS_JOB_INVALID, LS_DATA_UNREADABLE. */
export function checkFolders({ job, file }: LoadedStream): StreamFolders {
  const { watch, output } = job;
  const { to } = output;
  const shown = basename(file);
  if (watch === undefined || to === undefined) {
    const missing = watch === undefined ? 'watch' : 'output.to';
    throw new LockstepError('LS_JOB_INVALID', `${shown} ${missing}: is missing; a stream on this machine has both`, {
      remedy: 'Say `watch: FOLDER` and `output: { to: FOLDER }`.',
    });
  }
  if (isWithin(watch, to) || isWithin(to, watch)) {
    const message = `${shown} output.to: expected a folder apart from \`watch\`, got ${to} for ${watch}`;
    throw new LockstepError('LS_JOB_INVALID', message, { remedy: 'Predictions would be read as records.' });
  }
  if (statSync(watch, { throwIfNoEntry: false })?.isDirectory() !== true) {
    const otherwise = 'Make the folder, or correct `watch` in the job file.';
    const message = `${shown} watch: there is no folder ${watch}`;
    throw new LockstepError('LS_DATA_UNREADABLE', message, remedyForMissing(watch, otherwise));
  }
  mkdirSync(to, { recursive: true });
  return { watch, to };
}

const isWithin = (inner: string, outer: string): boolean => {
  const path = relative(outer, inner);
  return path === '' || !(path.startsWith('..') || path.startsWith('/'));
};

export interface PredictingModel {
  /** Its model is what `objects` knows it by. */
  readonly job: StreamJob;
  /** Files of this machine, and the model. */
  readonly objects: ReadObjects;
}

/** The model of a stream on this machine. LS_MODEL_UNREADABLE, LS_JOB_INVALID for one that is in a bucket. */
export async function predictingModel(loaded: LoadedStream, { home }: CommandContext): Promise<PredictingModel> {
  const { job, file } = loaded;
  const name = publishedName(job.model);
  if (name !== undefined) return { job: { ...job, model: requireKept(home, name).file }, objects: fileObjects };
  if (isRemote(job.model)) {
    const message = `${basename(file)} model: expected a file of this machine or published:NAME, got ${job.model}`;
    throw new LockstepError('LS_JOB_INVALID', message, {
      remedy: 'Copy the model beside the job file; a stream of a stack takes one in a bucket.',
    });
  }
  const shipped = await shippedModel(loaded);
  const bytes = shipped?.bytes ?? new Uint8Array();
  const head = { uri: job.model, etag: '', sizeBytes: bytes.length };
  return {
    job,
    objects: {
      get: async (uri, range) => (uri === job.model ? { ...head, bytes } : await fileObjects.get(uri, range)),
    },
  };
}
