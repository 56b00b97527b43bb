import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { inSendersWords, type SentFiles } from '#core/inference/sent-job.ts';
import type { InferJob } from '#core/job/job.ts';
import { isRemote } from '#core/job/remote.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { type Home, runFolder } from '../home.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import { localInputs, runInputs } from './local-inputs.ts';

const FILE = 'job.json';

/** The job of an inference run, with the file that it was in: its paths are those of this machine. */
export interface KeptJob extends Pick<LoadedInfer, 'file' | 'job'> {
  /** What was sent with it, as its job calls it. */
  readonly sent?: SentFiles;
}

export function keepJob(home: Home, runId: string, loaded: LoadedInfer): void {
  const { file, job } = loaded;
  const sent: SentFiles = {
    inputs: runInputs(localInputs(loaded), file).map(({ name }) => name),
    model: isRemote(job.model) ? undefined : relative(dirname(file), job.model),
  };
  writeFileSync(join(runFolder(home, runId), FILE), `${JSON.stringify({ file, job, sent }, null, 2)}\n`);
}

/** A text of the run with the names that its job has for the files that were sent with it. */
export function inWordsOfJob(text: string, runId: string, sent: SentFiles | undefined): string {
  const bucket = /s3:\/\/([^/]+)\/runs\//.exec(text)?.[1];
  if (sent === undefined || bucket === undefined) return text;
  return inSendersWords(text, sent, runObjects({ bucket, runId }));
}

/** Undefined for a run that this machine has not started. */
export function keptJob(home: Home, runId: string): KeptJob | undefined {
  try {
    return JSON.parse(readFileSync(join(home.runs, runId, FILE), 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * A job as a document that reads these files of dead letters. What else it says of its input belongs to the rows that it had, and
 * so does how many of them may fail: of rows that have all failed once each that is predicted is one more.
 */
export function replayDocument({ match: _, sql: __, local, ...job }: InferJob, input: readonly string[]): string {
  const { prepare: ___, ...settings } = local ?? {};
  const { toleratedRows: ____, ...actions } = job.onError;
  const onError = { ...actions, toleratedRowFraction: 1 };
  return JSON.stringify({ ...job, input, onError, ...(Object.keys(settings).length > 0 && { local: settings }) });
}
