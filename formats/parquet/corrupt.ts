import { LockstepError } from '#core/errors.ts';

/** An object, for messages. */
export interface FilePlace {
  readonly uri: string;
}

/** LS_PARQUET_CORRUPT with what is wrong, for somebody to say where. */
export const damage = (what: string, cause?: unknown): LockstepError =>
  new LockstepError('LS_PARQUET_CORRUPT', what, { cause });

/** LS_PARQUET_CORRUPT with the object and what is wrong with it. */
export const corrupt = ({ uri }: FilePlace, what: string, cause?: unknown): LockstepError =>
  damage(`${uri}: ${what}`, cause);

/** LS_PARQUET_UNSUPPORTED with the object and what it uses. */
export const unsupported = ({ uri }: FilePlace, what: string): LockstepError =>
  new LockstepError('LS_PARQUET_UNSUPPORTED', `${uri}: ${what}`);
