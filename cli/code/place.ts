import { isAbsolute, relative, sep } from 'node:path';

/** A path relative to the folder of the job file, with `/` between names; empty for the folder itself. */
export type CodePlace = string;

/** Where a path lies in a folder; undefined if it lies outside. Both are absolute. */
export function placeWithin(folder: string, path: string): CodePlace | undefined {
  const place = relative(folder, path);
  const isOutside = place === '..' || place.startsWith(`..${sep}`) || isAbsolute(place);
  return isOutside ? undefined : place.split(sep).join('/');
}
