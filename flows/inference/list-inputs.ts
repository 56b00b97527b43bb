import { nothingToRead } from '#core/inference/empty-folder.ts';
import { type FolderContents, type FolderRule, folderContents, type LeftOut, leftOut } from '#core/inference/folder.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';

export interface ListedInputs {
  /** Each once, in the order of the job and then of their keys. */
  readonly heads: readonly ObjectHead[];
  /** Path of an object below the folder that the job names, by its URI; those that it names themselves have none. */
  readonly below: ReadonlyMap<string, string>;
  readonly skipped: LeftOut;
}

interface Entry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly head: ObjectHead;
}

/**
 * The objects that a job reads. A URI is an object if there is one, else a folder, of which core/inference/folder.ts says
 * what is read, by the rule that `ruleOf` gives. LS_DATA_EMPTY.
 */
export async function listInputs(
  objects: Objects,
  uris: readonly string[],
  ruleOf: (uri: string) => FolderRule,
): Promise<ListedInputs> {
  const found = new Map<string, ObjectHead>();
  const below = new Map<string, string>();
  const skipped: { uri: string; reason: string }[] = [];
  for (const uri of uris) {
    const rule = ruleOf(uri);
    const { read, skipped: others } = await contentsAt(objects, uri, rule);
    const reasons = others.map(({ entry, reason }) => ({ uri: entry.head.uri, reason }));
    if (read.length === 0) throw nothingToRead(uri, leftOut(reasons), rule.match);
    skipped.push(...reasons);
    for (const { head, name } of read) {
      if (found.has(head.uri)) skipped.push({ uri: head.uri, reason: 'it is named twice, and read once' });
      else found.set(head.uri, head);
      if (name !== uri && !below.has(head.uri)) below.set(head.uri, name);
    }
  }
  return { heads: [...found.values()], below, skipped: leftOut(skipped) };
}

async function contentsAt(objects: Objects, uri: string, rule: FolderRule): Promise<FolderContents<Entry>> {
  const object = uri.endsWith('/') ? undefined : await objects.head(uri);
  if (object) return { read: [{ name: uri, sizeBytes: object.sizeBytes, head: object }], skipped: [] };
  const folder = uri.endsWith('/') ? uri : `${uri}/`;
  const entries: Entry[] = [];
  for await (const head of objects.list(folder)) {
    entries.push({ name: head.uri.slice(folder.length), sizeBytes: head.sizeBytes, head });
  }
  return folderContents(entries, rule);
}
