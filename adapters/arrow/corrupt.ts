import { LockstepError } from '#core/errors.ts';

/** A place in an object, for messages. */
export interface Place {
  readonly uri: string;
}

/** LS_ARROW_CORRUPT with the object and what is wrong with it. */
export const corrupt = ({ uri }: Place, what: string, cause?: unknown): LockstepError =>
  new LockstepError('LS_ARROW_CORRUPT', `${uri}: ${what}`, { cause });

/** LS_ARROW_UNSUPPORTED with the object and what it uses. */
export const unsupported = ({ uri }: Place, what: string): LockstepError =>
  new LockstepError('LS_ARROW_UNSUPPORTED', `${uri}: ${what}`);

/**
 * What decoding threw, as a LockstepError. Anything unforeseen that the bytes of an object provoke (a RangeError of our
 * walk, a TypeError within apache-arrow) means that the bytes are damaged; it is kept as the cause.
 */
export const decodingError = (place: Place, what: string, error: unknown): LockstepError =>
  error instanceof LockstepError ? error : corrupt(place, what, error);
