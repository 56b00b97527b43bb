import { LockstepError } from '#core/errors.ts';

/** A place in an object, for messages. */
export interface Place {
  readonly uri: string;
}

/** LS_ARROW_CORRUPT with the object and what is wrong with it. */
export const corrupt = ({ uri }: Place, what: string, cause?: unknown): LockstepError =>
  new LockstepError('LS_ARROW_CORRUPT', `${uri}: ${what}`, { cause });

/** Where a column is; `path` names it with the columns around it. */
export interface ColumnPlace extends Place {
  readonly path: string;
}

/** LS_ARROW_CORRUPT with the object, the column and what is wrong with its values. */
export const broken = (at: ColumnPlace, what: string): LockstepError =>
  corrupt(at, `the column \`${at.path}\` is damaged: ${what}`);

/** LS_ARROW_UNSUPPORTED with the object and what it uses. */
export const unsupported = ({ uri }: Place, what: string): LockstepError =>
  new LockstepError('LS_ARROW_UNSUPPORTED', `${uri}: ${what}`);

/**
 * Decodes bytes of an object. Anything unforeseen that they provoke (a RangeError of our walk, a TypeError within
 * apache-arrow) means that they are damaged: LS_ARROW_CORRUPT with the cause. Only for work on bytes that are there; an
 * error of the network must not pass for a damaged object.
 */
export function decoding<T>(place: Place, what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    throw error instanceof LockstepError ? error : corrupt(place, `${what} is damaged`, error);
  }
}
