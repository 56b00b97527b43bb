import { OBJECTS } from '#core/names.ts';
import { sharedObjects } from '#core/objects/addresses.ts';
import type { ObjectRef } from '#core/objects/records.ts';
import type { Published } from '#core/training/published.ts';
import { readJson } from '#formats/json/json-object.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { Home } from '../home.ts';
import { keepModel } from './kept-models.ts';

/** Keeps every model that a cloud publishes, whoever started the run that did. */
export interface PublishedKeeper {
  /** To be told of every object that is written. */
  onObject(written: { readonly bucket: string; readonly key: string }): void;
  /** Resolves when all that was published is kept. Rejects with the first reason why a model could not be. */
  settled(): Promise<void>;
}

/** `onLost` hears at once of a model that could not be kept. */
export function publishedKeeper(
  cloud: Pick<Cloud, 'objects' | 'bucket'>,
  home: Pick<Home, 'models'>,
  onLost: (why: string) => void,
): PublishedKeeper {
  let last: Promise<void> = Promise.resolve();
  let failure: unknown;
  const keep = async (name: string) => {
    try {
      const { value } = await readJson<Published>(cloud.objects, sharedObjects(cloud.bucket).published(name));
      await keepModel(home, value, () => chunksOf(cloud, value.model));
    } catch (error) {
      failure ??= error;
      onLost(`the model ${name} is published, and goes with its cloud: ${(error as Error).message}`);
    }
  };
  return {
    onObject({ bucket, key }) {
      const name = bucket === cloud.bucket ? nameIn(key) : undefined;
      if (name !== undefined) last = last.then(() => keep(name));
    },
    async settled() {
      await last;
      if (failure !== undefined) throw failure;
    },
  };
}

/** `models/<name>/LATEST.json` → name */
function nameIn(key: string): string | undefined {
  const name = key.slice(OBJECTS.models.length).split('/')[0] ?? '';
  return key === OBJECTS.published(name) ? name : undefined;
}

/** Of a model as much is in memory at once. */
const RANGE_BYTES = 8 * 2 ** 20;

async function* chunksOf(
  { objects }: Pick<Cloud, 'objects'>,
  { uri, sizeBytes }: ObjectRef,
): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < sizeBytes; start += RANGE_BYTES) {
    yield (await objects.get(uri, { start, end: Math.min(start + RANGE_BYTES, sizeBytes) })).bytes;
  }
}
