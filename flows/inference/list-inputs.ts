import { LockstepError } from '#core/errors.ts';
import { OBJECTS } from '#core/names.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';

/**
 * The objects that a job reads, each once, in the order of the job and then of their keys. A URI is an object if there
 * is one, else a folder. Names that begin with `_` or `.` are markers, as everywhere in this trade. LS_DATA_EMPTY.
 */
export async function listInputs(objects: Objects, uris: readonly string[]): Promise<ObjectHead[]> {
  const found = new Map<string, ObjectHead>();
  for (const uri of uris) {
    const heads = await inputsAt(objects, uri);
    if (heads.length === 0) throw new LockstepError('LS_DATA_EMPTY', `${uri} holds no objects, expected Arrow files`);
    for (const head of heads) found.set(head.uri, head);
  }
  return [...found.values()];
}

async function inputsAt(objects: Objects, uri: string): Promise<ObjectHead[]> {
  const object = uri.endsWith('/') ? undefined : await objects.head(uri);
  if (object) return [object];
  const folder = uri.endsWith('/') ? uri : `${uri}/`;
  const heads: ObjectHead[] = [];
  for await (const head of objects.list(folder)) {
    if (!isMarker(head.uri.slice(folder.length))) heads.push(head);
  }
  return heads.sort((a, b) => (a.uri < b.uri ? -1 : 1));
}

const isMarker = (name: string): boolean =>
  name === OBJECTS.ready || name.endsWith('/') || name.split('/').some((part) => /^[._]/.test(part));
