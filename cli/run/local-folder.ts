import { readdirSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { folderContents, type LeftOut, type NameRule } from '#core/inference/folder.ts';

/** The files of a folder of this machine that are read, and what is not. */
export interface LocalFolder {
  /** Paths, in the order of their names. */
  readonly files: readonly string[];
  /** Path of each of them below the folder, with `/` between. */
  readonly below: ReadonlyMap<string, string>;
  readonly skipped: LeftOut['some'];
}

interface Entry {
  /** Below the folder, with `/` between; one that is not gone into ends with `/`. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Why it cannot be a table, whatever its name. */
  readonly odd?: string;
}

/**
 * Lists a folder to the bottom, as S3 lists a prefix: core/inference/folder.ts decides on the names. A link to a file is that
 * file, which is read once; a link to a folder is not followed, because it may lead back.
 */
export function localFolder(folder: string, match?: NameRule): LocalFolder {
  const { read, skipped } = folderContents(entriesOf(folder, ''), { match });
  const below = new Map<string, string>();
  const left = skipped.map(({ entry, reason }) => ({ uri: entry.path, reason }));
  const known = new Map<string, string>();
  for (const { name, path, odd } of read) {
    const file = odd === undefined ? realpathSync(path) : path;
    const same = known.get(file);
    if (odd !== undefined) left.push({ uri: path, reason: odd });
    else if (same !== undefined) left.push({ uri: path, reason: `it is the same file as ${same}` });
    else {
      below.set(path, name);
      known.set(file, path);
    }
  }
  return { files: [...below.keys()], below, skipped: left };
}

function entriesOf(folder: string, above: string): readonly Entry[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((found): readonly Entry[] => {
    const [name, path] = [`${above}${found.name}`, join(folder, found.name)];
    if (found.isDirectory()) {
      const inside: Entry = { name: `${name}/`, path: `${path}/`, sizeBytes: 0 };
      return isHidden(inside) ? [inside] : entriesOf(path, inside.name);
    }
    const stat = statSync(path, { throwIfNoEntry: false });
    const sizeBytes = stat?.size ?? 0;
    if (stat?.isFile()) return [{ name, path, sizeBytes }];
    const odd =
      stat === undefined
        ? 'it is a link to nothing'
        : stat.isDirectory()
          ? 'it is a link to a folder'
          : 'it is no file';
    return [{ name, path, sizeBytes, odd }];
  });
}

/** Nothing in a folder like this is read: its files need not be looked at. */
const isHidden = ({ name }: Entry): boolean =>
  folderContents([{ name: `${name}x.arrow`, sizeBytes: 1 }]).read.length === 0;
