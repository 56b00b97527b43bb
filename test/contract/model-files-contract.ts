import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import type { ModelFiles } from '#core/inference/ports.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { ObjectRef } from '#core/objects/records.ts';

const URI = 's3://data/model.onnx';

const refOf = (bytes: Uint8Array, uri = URI): ObjectRef => ({
  ...{ uri, sizeBytes: bytes.byteLength },
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

/** What every ModelFiles must do, over the objects that it is made with. */
export function modelFilesContract(make: (objects: Objects) => ModelFiles): void {
  const bytes = Buffer.from(`a model of ${process.pid}`);
  const world = async () => {
    const objects = memoryObjects();
    await objects.put(URI, bytes);
    let gets = 0;
    const get: Objects['get'] = (...of) => {
      gets += 1;
      return objects.get(...of);
    };
    const counted = { ...objects, get };
    return { objects, files: make(counted), gets: () => gets };
  };

  it('gives one path to one model, by its bytes and not by where they are, and fetches it once', async () => {
    const { objects, files, gets } = await world();
    await objects.put(`${URI}.copy`, bytes);
    const path = await files.path(refOf(bytes));
    expect(await files.path(refOf(bytes, `${URI}.copy`))).toBe(path);
    expect(gets()).toBeLessThanOrEqual(1);
  });

  it('refuses a model that was overwritten, and knows it again once it is back', async () => {
    const { objects, files } = await world();
    const other = Buffer.from('another model');
    await expect(files.path(refOf(other))).rejects.toMatchObject({ code: 'LS_INPUT_CHANGED' });
    await objects.put(URI, other);
    expect(await files.path(refOf(other))).toContain(refOf(other).sha256);
  });

  it('says that there is no model', async () => {
    const { files } = await world();
    const missing = refOf(Buffer.from('nobody has this'), 's3://data/missing.onnx');
    await expect(files.path(missing)).rejects.toMatchObject({ code: 'LS_MODEL_UNREADABLE' });
  });
}
