import type { InferJob } from '../job/job.ts';
import type { LeftOut } from './folder.ts';
import type { ReplayedRun } from './manifest.ts';

/** A job as whoever starts a run leaves it for the plan. */
export interface SentJob extends InferJob {
  /** What was left out of folders where the run was started: the run itself saw only what was sent. */
  readonly skipped?: LeftOut;
  /** What was sent with it, as whoever started the run calls it. */
  readonly sent?: SentFiles;
  /** Set where the input are the dead letters of another run. */
  readonly replayOf?: ReplayedRun;
}

export interface SentFiles {
  /** Path of each file of rows, in the order of their numbers. */
  readonly inputs: readonly string[];
  /** Path of each of those files below the folder that the job names, by their place among `inputs`; null for one that is named itself. */
  readonly below?: readonly (string | null)[];
  /** Path of the model; undefined where none was sent. */
  readonly model?: string | undefined;
}

/** Where a run has what was sent with it. */
export interface SentPlaces {
  input(name: string): string;
  readonly model: string;
}

/** Numbered, so that the order stays, and two files of the same name do not collide. */
export const inputName = (index: number, path: string): string =>
  `${String(index).padStart(6, '0')}-${path.slice(path.lastIndexOf('/') + 1)}`;

/** A text in which files that were sent are called by their addresses → by the names that whoever sent them knows. */
export function inSendersWords(text: string, sent: SentFiles, at: SentPlaces): string {
  const numbers = new Set([...text.matchAll(/\/input\/(\d{6})-/g)].map(([, digits]) => Number(digits)));
  let said = sent.model === undefined ? text : text.replaceAll(at.model, sent.model);
  for (const number of numbers) {
    const path = sent.inputs[number];
    if (path !== undefined) said = said.replaceAll(at.input(inputName(number, path)), path);
  }
  return said;
}

/** Path of an object of the run below the folder that it was sent from; undefined for what was named itself, or not sent. */
export function pathSent(uri: string, { inputs, below = [] }: SentFiles, inputPrefix: string): string | undefined {
  const isNumbered = uri.startsWith(inputPrefix);
  return below[isNumbered ? Number(uri.slice(inputPrefix.length).split('-', 1)[0]) : inputs.indexOf(uri)] ?? undefined;
}
