import { UnpackError } from '#adapters/archive/unpack.ts';
import { LockstepError } from '#core/errors.ts';
import type { Unfit } from '#core/gang/records.ts';
import { EnvironmentFailed } from './python-environment/environment-failed.ts';

/** Why this host cannot take part, as the gang is told. */
export interface UnfitHost {
  readonly why: Unfit;
  /** One line: what failed, with the words of whoever refused it. */
  readonly detail: string;
}

/** What the system says of a disk that takes nothing more. */
const DISK_FULL = new Set(['ENOSPC', 'EDQUOT']);
/** What the system says of this host alone: another one may well unpack the same archive. */
const OF_THIS_HOST = new Set(['EIO', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM']);
/** The reason goes into the control item, which is small. */
const DETAIL_CHARACTERS = 400;

/** What a failure while a host was being prepared says about the host. */
export function unfitBy(error: unknown): UnfitHost {
  const code = codeOf(error instanceof UnpackError ? error.cause : error);
  const detail = messageOf(error).replace(/\s+/g, ' ').slice(0, DETAIL_CHARACTERS);
  if (DISK_FULL.has(code)) return { why: 'disk-full', detail };
  if (error instanceof LockstepError && error.code === 'LS_SECRET_UNREADABLE')
    return { why: 'secret-unreadable', detail };
  if (error instanceof EnvironmentFailed) return { why: 'environment-failed', detail };
  if (error instanceof UnpackError && !OF_THIS_HOST.has(code)) return { why: 'code-damaged', detail };
  return { why: 'not-prepared', detail };
}

function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : '';
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
