/** Reads fields of a request body; anything unexpected is LS_BAD_CALL with the field's name and what it should be. */
import { LockstepError } from '#core/errors.ts';

type Body = Readonly<Record<string, unknown>>;

const PAYLOAD_BYTES_MAX = 64 * 2 ** 10;
const TIMEOUT_MS_MAX = 24 * 3600 * 1000;
const FILES_MAX = 1000;
const METRICS_MAX = 200;

/** Names of files become parts of object keys and paths. */
const FILE_NAME = /^(?!\.)[\w.-]{1,128}$/;

export function callSiteField(body: Body): string {
  const value = body.callSite ?? 'unknown';
  if (typeof value === 'string' && value.length <= 200) return value;
  throw bad('callSite', 'a string of at most 200 characters');
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

export function metricsField(body: Body): Readonly<Record<string, number>> {
  const value = body.metrics ?? {};
  const isMap = typeof value === 'object' && !Array.isArray(value);
  const entries = isMap ? Object.entries(value) : [];
  const isValid =
    entries.length <= METRICS_MAX && entries.every(([, n]) => typeof n === 'number' && Number.isFinite(n));
  if (isMap && isValid) return Object.fromEntries(entries);
  throw bad('metrics', `an object with at most ${METRICS_MAX} finite numbers`);
}

export function filesField(body: Body): readonly string[] {
  const value = body.files ?? [];
  if (Array.isArray(value) && value.length <= FILES_MAX && value.every((one) => typeof one === 'string')) {
    return value.map(fileName);
  }
  throw bad('files', `a list of at most ${FILES_MAX} file names`);
}

/** A file name from a path or a list. */
export function fileName(name: string): string {
  if (FILE_NAME.test(name)) return name;
  throw bad(
    'file name',
    `letters, digits, "_", "-" and ".", not starting with ".", at most 128; got ${JSON.stringify(name.slice(0, 140))}`,
  );
}

const bad = (field: string, expected: string) => new LockstepError('LS_BAD_CALL', `${field}: expected ${expected}`);
