/** The models that runs have published in a deployment, for people and for what they misspell. */
import { LockstepError } from '#core/errors.ts';
import { nearest } from '#core/job/nearest.ts';
import { sharedObjects } from '#core/objects/addresses.ts';
import type { Published } from '#core/training/published.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import type { RunPorts } from './ports.ts';

type ModelPorts = Pick<RunPorts, 'objects' | 'bucket'>;

const POINTER = /\/LATEST\.json$/;

/** The latest model of each name, in the order of names. */
export async function publishedModels({ objects, bucket }: ModelPorts): Promise<readonly Published[]> {
  const found: Published[] = [];
  for await (const { uri } of objects.list(sharedObjects(bucket).models)) {
    const pointer = POINTER.test(uri) ? await readJsonIfAny<Published>(objects, uri) : undefined;
    if (pointer !== undefined) found.push(pointer.value);
  }
  return found;
}

/** LS_MODEL_UNREADABLE where nothing is published under this name. `others` are names that are known from elsewhere. */
export async function checkPublished(ports: ModelPorts, name: string, others: readonly string[] = []): Promise<void> {
  if ((await ports.objects.head(sharedObjects(ports.bucket).published(name))) !== undefined) return;
  const here = (await publishedModels(ports)).map((model) => model.name);
  throw notPublished(name, [...new Set([...here, ...others])].sort());
}

/** The error for a name that is not among those that models are published under. */
export function notPublished(name: string, names: readonly string[]): LockstepError {
  const meant = nearest(name, names);
  const known = names.length === 0 ? 'nothing is published here yet' : `published are ${names.join(', ')}`;
  return new LockstepError('LS_MODEL_UNREADABLE', `no model is published under the name ${name}; ${known}`, {
    remedy:
      meant === undefined
        ? `Train it first: a training job with \`publish: ${name}\`, or of that name, publishes it.`
        : `Did you mean \`published:${meant}\`?`,
  });
}
