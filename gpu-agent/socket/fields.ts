/** Reads fields of a request body; anything unexpected is LS_BAD_CALL with the field's name and what it should be. */
import { LockstepError } from '#core/errors.ts';

type Body = Readonly<Record<string, unknown>>;

const PAYLOAD_BYTES_MAX = 64 * 2 ** 10;
const TIMEOUT_MS_MAX = 24 * 3600 * 1000;
const FILES_MAX = 10_000;
/** An object's key has at most 1,024 bytes, of which ours take their part. */
const FILE_NAME_BYTES_MAX = 700;

export function callSiteField(body: Body): string {
  const value = body.callSite ?? 'unknown';
  if (typeof value === 'string' && value.length <= 200) return value;
  throw bad('callSite', 'a string of at most 200 characters');
}

/** Absent means no. */
export function flagField(body: Body, name: string): boolean {
  const value = body[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw bad(name, 'true or false');
}

/** Absent or null means the job's default. */
export function timeoutField(body: Body, defaultMs: number): number {
  const value = body.timeoutMs ?? defaultMs;
  if (typeof value === 'number' && value > 0 && value <= TIMEOUT_MS_MAX) return value;
  throw bad('timeoutMs', `a number of milliseconds above 0 and up to ${TIMEOUT_MS_MAX}`);
}

export function payloadField(body: Body): string {
  const value = body.payload;
  if (typeof value === 'string' && Buffer.byteLength(value) <= PAYLOAD_BYTES_MAX) return value;
  throw bad('payload', `a string of at most ${PAYLOAD_BYTES_MAX} bytes; share larger data through a checkpoint or S3`);
}

export function countField(body: Body, name: string): number {
  const value = body[name];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw bad(name, 'a whole number from 0');
}

export function filesField(body: Body): readonly string[] {
  const value = body.files ?? [];
  if (Array.isArray(value) && value.length <= FILES_MAX && value.every((one) => typeof one === 'string')) {
    return value.map(fileName);
  }
  throw bad('files', `a list of at most ${FILES_MAX} file names`);
}

/**
 * A file name from a path or a list: folders are separated by "/". Anything that a file system and an object store both
 * take, `.metadata` and `__proto__` as well, but nothing that leads elsewhere.
 */
export function fileName(name: string): string {
  const parts = name.split('/');
  const isName = parts.every((part) => part !== '' && part !== '.' && part !== '..' && Buffer.byteLength(part) <= 255);
  if (isName && Buffer.byteLength(name) <= FILE_NAME_BYTES_MAX && isPrintable(name)) return name;
  throw bad(
    'file name',
    `a relative path without "." and "..", of at most ${FILE_NAME_BYTES_MAX} bytes, without control characters; ` +
      `got ${JSON.stringify(name.slice(0, 140))}`,
  );
}

const isPrintable = (name: string): boolean => name.isWellFormed() && !/[\p{Cc}\\]/u.test(name);

const bad = (field: string, expected: string) => new LockstepError('LS_BAD_CALL', `${field}: expected ${expected}`);
