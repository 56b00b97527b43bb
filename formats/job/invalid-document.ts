import type { LineCounter } from 'yaml';
import { LockstepError } from '#core/errors.ts';

/** One thing that is wrong, and how many characters of the document come before it. */
export interface Fault {
  readonly offset: number;
  readonly message: string;
}

/** A document of this length is no job any more; and the time that YAML takes grows with the square of it. */
const CHARACTERS_MAX = 128 * 1024;
/** What comes after is as a rule a consequence of these. */
const FAULTS_SHOWN = 20;
const FAULT_CHARACTERS_MAX = 300;

/** LS_JOB_INVALID for what is no text, or too much of it to be a job document. */
export function refuseUnreadable(text: string, file: string): void {
  const refuse = (message: string) => new LockstepError('LS_JOB_INVALID', `${file} ${message}`);
  if (text.length > CHARACTERS_MAX) {
    throw refuse(`has ${text.length} characters; expected at most ${CHARACTERS_MAX} of a job document`);
  }
  // What was not UTF-8 has become U+FFFD; no text has a character NUL.
  if (/[\0\uFFFD]/.test(text)) throw refuse('is not a text in UTF-8; expected a job document in YAML');
}

/** LS_JOB_INVALID that lists the faults in the order of the document, each with its line and column. */
export function invalidDocument(
  faults: readonly Fault[],
  { file, lines }: { readonly file: string; readonly lines: LineCounter },
): LockstepError {
  const listed = faults
    .toSorted((a, b) => a.offset - b.offset)
    .slice(0, FAULTS_SHOWN)
    .map(({ offset, message }) => {
      const { line, col } = lines.linePos(offset);
      return `${file}:${Math.max(line, 1)}:${Math.max(col, 1)} ${shortened(message)}`;
    });
  const heading = faults.length === 1 ? [] : [`${file} has ${faults.length} problems:`];
  const more = faults.length - listed.length;
  const all = [...heading, ...listed, ...(more > 0 ? [`and ${more} more`] : [])];
  return new LockstepError('LS_JOB_INVALID', all.join('\n  '));
}

const shortened = (message: string): string =>
  message.length > FAULT_CHARACTERS_MAX ? `${message.slice(0, FAULT_CHARACTERS_MAX)} …` : message;
