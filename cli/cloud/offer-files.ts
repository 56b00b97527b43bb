import { randomUUID } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import { access, copyFile, link, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import { send } from '../../localstack/embedded/http/send.ts';
import { OFFERED } from '../../localstack/embedded/s3/offered-files.ts';

/** How to hand files to the S3 of a local cloud. */
export interface Offers {
  /** Folder that it takes files from. */
  readonly folder: string;
  /** Address of the service. */
  readonly url: string;
}

/**
 * The same objects, where a file of this machine that is uploaded is not copied if a clone or a link of it will do. A
 * clone is a file of its own, whatever becomes of the original. A link keeps the bytes of a file that is removed; one that
 * is written to no longer looks as it did, and the store refuses to read on. Anything else is uploaded.
 */
export const offeringFiles = (objects: Objects, offers: Offers): Objects => ({
  ...objects,
  async upload(uri, chunks, options) {
    options?.signal?.throwIfAborted();
    const offered = options?.file === undefined ? undefined : await offer(options.file, uri, offers);
    return offered ?? objects.upload(uri, chunks, options);
  },
});

async function offer(file: string, uri: string, { folder, url }: Offers): Promise<ObjectHead | undefined> {
  const name = randomUUID();
  const path = join(folder, name);
  try {
    if (!(await referTo(await realpath(file), path))) return undefined;
    const { size } = await stat(path);
    const etag = await putOffered(`${url}/${keyPath(uri)}`, name);
    return etag === undefined ? undefined : { uri, etag, sizeBytes: size };
  } catch {
    // Whatever is in the way of a reference, an upload either does or says better.
    return undefined;
  } finally {
    await rm(path, { force: true });
  }
}

/** Makes `path` a clone of a file, or a link to it. False where it is neither: another file system, or too new to be linked. */
async function referTo(file: string, path: string): Promise<boolean> {
  if (!(await stat(file)).isFile()) return false;
  await access(file, constants.R_OK);
  try {
    await copyFile(file, path, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    await rm(path, { force: true });
  }
  if (!(await isSettled(file))) return false;
  await link(file, path);
  return true;
}

/** Longest tick of the clocks that file systems note changes by; some count whole seconds, and their times end in zeros. */
const TICK_MS = 20;
const COARSE_MS = 2_000;

/** Whether a change from now on would show in the time of the file. A file that was just made is waited for. */
async function isSettled(file: string): Promise<boolean> {
  const age = async () => ageMs(await stat(file, { bigint: true }));
  if ((await age()) === 'tick') await sleep(TICK_MS);
  return (await age()) === 'old';
}

function ageMs({ mtimeNs, mtimeMs }: BigIntStats): 'old' | 'tick' | 'coarse' {
  const age = Date.now() - Number(mtimeMs);
  if (mtimeNs % 1_000_000_000n === 0n && age < COARSE_MS) return 'coarse';
  return age < TICK_MS ? 'tick' : 'old';
}

/** `s3://bucket/a key` → `bucket/a%20key`. */
const keyPath = (uri: string): string => uri.slice('s3://'.length).split('/').map(encodeURIComponent).join('/');

/** Etag of the object; undefined where the store would not take the offer. */
async function putOffered(url: string, name: string): Promise<string | undefined> {
  const { status, headers } = await send(url, { method: 'PUT', headers: { [OFFERED]: name } });
  return status === 200 ? headers.etag : undefined;
}
