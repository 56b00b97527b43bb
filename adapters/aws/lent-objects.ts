import { type FileHandle, open } from 'node:fs/promises';
import { Agent, type IncomingHttpHeaders, get as request } from 'node:http';
import { join } from 'node:path';
import type { ObjectBody, ObjectRange, Objects } from '#core/objects/ports.ts';

/** Where a store on this machine keeps the files of its objects, and where it answers. */
export interface Lender {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Folder of the files. Nothing outside of it is ever opened. */
  readonly folder: string;
}

/** Header of a GetObject by which a client asks for the name of the file instead of its bytes. */
export const LEND = 'x-lockstep-lend';
/** Headers of the answer: name of the file, size of the object, and how the file looks where its owner may write to it. */
export const LENT = { file: 'x-lockstep-lent', size: 'x-lockstep-size', pin: 'x-lockstep-pin' } as const;

/** Variable by which the local cloud tells its functions and hosts the folder. No other cloud sets it. */
export const LENDS = 'LOCKSTEP_S3_LENDS';

/** Who lends to this process, by its environment; undefined wherever objects come over a network. */
export function lenderOf(env: Readonly<Record<string, string | undefined>>): Lender | undefined {
  const { [LENDS]: folder, AWS_ENDPOINT_URL_S3: url } = env;
  return folder && url ? { folder, url } : undefined;
}

/**
 * The same objects, where bytes that lie on this machine are read from their file: the store is asked for each, so that
 * conditions and changes mean what they mean otherwise, but nothing goes through a socket. In doubt (the file is gone, or
 * looks different afterwards) the object is read as any other.
 */
export function borrowing(objects: Objects, lender: Lender | undefined): Objects {
  if (lender === undefined) return objects;
  return {
    ...objects,
    get: async (uri, range) => (await borrow(lender, uri, range).catch(() => undefined)) ?? objects.get(uri, range),
  };
}

const agent = new Agent({ keepAlive: true });
const ANSWER_MS = 10_000;
/** Node reads no 2 GiB at once. */
const READ_BYTES_MAX = 2 ** 30;

async function borrow(lender: Lender, uri: string, range: ObjectRange | undefined): Promise<ObjectBody | undefined> {
  if (range !== undefined && range.end <= range.start) return undefined;
  const { status, headers } = await ask(`${lender.url}/${keyPath(uri)}`, {
    [LEND]: 'file',
    ...(range !== undefined && { range: `bytes=${range.start}-${range.end - 1}` }),
    ...(range?.etag !== undefined && { 'if-match': range.etag }),
  });
  const lent = headers[LENT.file];
  if ((status !== 200 && status !== 206) || typeof lent !== 'string' || !/^[0-9a-f-]{36}$/.test(lent)) return undefined;
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '') ?? [];
  const start = Number(first ?? 0);
  const sizeBytes = Number(size ?? headers[LENT.size]);
  const length = last === undefined ? sizeBytes : Number(last) - start + 1;
  const into = range?.into?.subarray(0, length) ?? new Uint8Array(length);
  const file = await open(join(lender.folder, lent), 'r');
  try {
    const whole = await fill(file, into, start);
    if (!whole || !(await looksLike(file, headers[LENT.pin]))) return undefined;
  } finally {
    await file.close();
  }
  return { uri, etag: headers.etag ?? '', sizeBytes, bytes: into };
}

const ask = (
  url: string,
  headers: Record<string, string>,
): Promise<{ readonly status: number | undefined; readonly headers: IncomingHttpHeaders }> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { agent, headers, timeout: ANSWER_MS }, (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode, headers: response.headers }));
    });
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    asked.once('error', reject);
  });

async function fill(file: FileHandle, into: Uint8Array, from: number): Promise<boolean> {
  for (let filled = 0; filled < into.length; ) {
    const wanted = Math.min(into.length - filled, READ_BYTES_MAX);
    const { bytesRead } = await file.read(into, filled, wanted, from + filled);
    if (bytesRead === 0) return false;
    filled += bytesRead;
  }
  return true;
}

async function looksLike(file: FileHandle, pin: string | string[] | undefined): Promise<boolean> {
  if (pin === undefined) return true;
  const { dev, ino, size, mtimeNs } = await file.stat({ bigint: true });
  return pin === `${dev}:${ino} ${size} ${mtimeNs}`;
}

/** `s3://bucket/a key` → `bucket/a%20key`. */
const keyPath = (uri: string): string => uri.slice('s3://'.length).split('/').map(encodeURIComponent).join('/');
