import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { create } from 'tar';
import { unpack } from '#adapters/archive/unpack.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, sharedObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { jsonBytes, readJsonIfAny } from '#formats/json/json-object.ts';
import { transfer } from '../transfer.ts';

/** The wheels of an environment in S3, which whoever builds them first leaves for all others. */
export interface WheelStore {
  readonly objects: Objects;
  readonly bucket: string;
}

interface StoredWheels {
  readonly uri: string;
  readonly sizeBytes: number;
}

/** Fetches the wheels of a key into a new folder; false if there are none yet. */
export async function fetchWheels({ objects, bucket }: WheelStore, key: string, folder: string): Promise<boolean> {
  const stored = (await readJsonIfAny<StoredWheels>(objects, sharedObjects(bucket).wheels(key)))?.value;
  if (stored === undefined) return false;
  const archive = `${folder}.tar`;
  try {
    await transfer(objects, { ...stored, path: archive });
    await mkdir(folder);
    await unpack(archive, folder);
  } finally {
    await rm(archive, { force: true });
  }
  return true;
}

/**
 * Leaves the wheels of a folder under a key. False where somebody else was first: the caller takes theirs, so that all
 * ranks have the same versions, whatever an index has answered whom.
 */
export async function storeWheels({ objects, bucket }: WheelStore, key: string, folder: string): Promise<boolean> {
  const archive = `${folder}.tar`;
  try {
    await create({ file: archive, cwd: folder, portable: true }, (await readdir(folder)).sort());
    const { size: sizeBytes } = await stat(archive);
    const uri = objectUri(bucket, OBJECTS.wheelArchive(key, randomUUID()));
    await objects.upload(uri, createReadStream(archive, { highWaterMark: 2 ** 20 }), { sizeBytes });
    const body = jsonBytes({ uri, sizeBytes } satisfies StoredWheels);
    const { won } = await objects.put(sharedObjects(bucket).wheels(key), body, { ifMatch: 'absent' });
    return won;
  } finally {
    await rm(archive, { force: true });
  }
}
