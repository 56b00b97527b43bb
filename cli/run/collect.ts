import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { objectUri } from '#core/objects/addresses.ts';
import type { Cloud } from '../cloud/cloud.ts';

/** A copy, on this machine, of what a run left in the bucket. */
export interface Collector {
  /** Copies every object below the prefix (relative to the bucket) and returns the paths of the copies. */
  copy(prefix: string): Promise<readonly string[]>;
  /** Path that the object with this URI has, or would have, in the copy. */
  pathOf(uri: string): string;
  /** The value with every URI of a copied object turned into the file:// URI of its copy. */
  localized<T>(value: T): T;
}

/** Keys below `root` (`runs/<id>/`) keep their place below `folder`. */
export function collector(
  { bucket, objects, keepAt = () => false }: Pick<Cloud, 'bucket' | 'objects' | 'keepAt'>,
  root: string,
  folder: string,
): Collector {
  const base = objectUri(bucket, root);
  const pathOf = (uri: string) => join(folder, uri.slice(base.length));
  const copied = new Set<string>();

  function localized<T>(value: T): T {
    if (typeof value === 'string') return (copied.has(value) ? pathToFileURL(pathOf(value)).href : value) as T;
    if (Array.isArray(value)) return value.map(localized) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, localized(each)])) as T;
  }

  return {
    pathOf,
    localized,
    async copy(prefix) {
      const paths: string[] = [];
      for await (const { uri } of objects.list(objectUri(bucket, prefix))) {
        const path = pathOf(uri);
        await mkdir(dirname(path), { recursive: true });
        if (!keepAt(path, uri)) await writeFile(path, (await objects.get(uri)).bytes);
        copied.add(uri);
        paths.push(path);
      }
      return paths;
    },
  };
}
