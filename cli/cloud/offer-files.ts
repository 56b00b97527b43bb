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
export function offeringFiles(objects: Objects, offers: Offers): Objects {
  const clones = new Clones();
  return {
    ...objects,
    async upload(uri, chunks, options) {
      options?.signal?.throwIfAborted();
      const offered = options?.file === undefined ? undefined : await offer(options.file, uri, { ...offers, clones });
      return offered ?? objects.upload(uri, chunks, options);
    },
  };
}

async function offer(
  file: string,
  uri: string,
  { folder, url, clones }: Offers & { readonly clones: Clones },
): Promise<ObjectHead | undefined> {
  const name = randomUUID();
  const path = join(folder, name);
  try {
    const real = await realpath(file);
    const found = await stat(real, { bigint: true });
    if (!found.isFile()) return undefined;
    await access(real, constants.R_OK);
    if (!(await clones.make(real, path, found.dev))) {
      if (!(await isSettled(real, found))) return undefined;
      await link(real, path);
    }
    const etag = await putOffered(`${url}/${keyPath(uri)}`, name);
    if (etag !== undefined) return { uri, etag, sizeBytes: Number(found.size) };
  } catch {
    // Whatever is in the way of a reference, an upload either does or says better.
  }
  await rm(path, { force: true });
  return undefined;
}

/** Clones of files, with the memory of which file systems make none. */
class Clones {
  readonly #without = new Set<bigint>();

  /** Whether `path` is now a clone of the file, which lies on the device. */
  async make(file: string, path: string, device: bigint): Promise<boolean> {
    if (this.#without.has(device)) return false;
    try {
      await copyFile(file, path, constants.COPYFILE_FICLONE_FORCE);
      return true;
    } catch {
      this.#without.add(device);
      await rm(path, { force: true });
      return false;
    }
  }
}

/** Longest tick of the clocks that file systems note changes by; some count whole seconds, and their times end in zeros. */
const TICK_MS = 20;
const COARSE_MS = 2_000;

/** Whether a change from now on would show in the time of the file. A file that was just made is waited for. */
async function isSettled(file: string, found: BigIntStats): Promise<boolean> {
  const age = ageOf(found);
  if (age !== 'tick') return age === 'old';
  await sleep(TICK_MS);
  return ageOf(await stat(file, { bigint: true })) === 'old';
}

function ageOf({ mtimeNs, mtimeMs }: BigIntStats): 'old' | 'tick' | 'coarse' {
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
