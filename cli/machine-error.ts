import { LockstepError } from '#core/errors.ts';

/** A disk that is full, over its quota, read-only or broken, and files that belong to somebody else. */
const CODES = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EPERM']);

/** LS_STATE_UNUSABLE for an error of this machine's file system; undefined for anything else. */
export function machineError(error: unknown): LockstepError | undefined {
  if (!(error instanceof Error) || !CODES.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
  return new LockstepError('LS_STATE_UNUSABLE', error.message, { cause: error });
}
