import { LockstepError } from '#core/errors.ts';

/** An object, for messages. */
export interface FilePlace {
  readonly uri: string;
}

/** LS_PARQUET_CORRUPT with the object and what is wrong with it. */
export const corrupt = ({ uri }: FilePlace, what: string, cause?: unknown): LockstepError =>
  new LockstepError('LS_PARQUET_CORRUPT', `${uri}: ${what}`, { cause });

/** LS_PARQUET_UNSUPPORTED with the object and what it uses. */
export const unsupported = ({ uri }: FilePlace, what: string): LockstepError =>
  new LockstepError('LS_PARQUET_UNSUPPORTED', `${uri}: ${what}`);
