import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import type { PythonSpec } from '#core/job/job.ts';
import { localPlace, requirementPlaces } from '#core/job/python/requirements.ts';
import { type CodePlace, placeWithin } from './place.ts';
import { outside } from './refusal.ts';

/**
 * Places of what pip will read beside the job: the requirements file, those that it names, and the wheels and folders that
 * they or `packages` name. One that is not there is among them, to be refused by name; so is what lies outside.
 */
export function requirementFiles(folder: string, { requirements, packages }: PythonSpec): readonly CodePlace[] {
  const taken = new Set<CodePlace>();
  const take = (path: string): CodePlace => {
    const place = placeWithin('/job', posix.resolve('/job', path));
    if (place === undefined) throw outside(path, folder);
    taken.add(place);
    return place;
  };
  for (const path of packages.flatMap(localPlace)) take(path);
  const queue = requirements === undefined ? [] : [requirements];
  const seen = new Set<CodePlace>();
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const place = take(path);
    if (seen.has(place) || !isFile(join(folder, place))) continue;
    seen.add(place);
    const { files, paths } = requirementPlaces(readFileSync(join(folder, place), 'utf8'));
    for (const local of paths) take(local);
    queue.push(...files.map((file) => posix.join(dirname(place), file)));
  }
  return [...taken];
}

/** Links are followed; a pipe is none, and is never opened. */
const isFile = (path: string): boolean => existsSync(path) && (lstatSync(path).isFile() || statSync(path).isFile());
