import { basename, dirname, extname, join, relative } from 'node:path';
import { nearest } from '#core/job/nearest.ts';
import { namesIn } from '../home.ts';

/**
 * What to do about a file or folder that is not there: the one beside its place that was probably meant, as the shell
 * takes it. Without one, `otherwise`.
 */
export function remedyForMissing(path: string, otherwise: string): { readonly remedy: string } {
  const ending = extname(path);
  // What ends alike is not near for its ending.
  const stems = namesIn(dirname(path))
    .filter((name) => extname(name) === ending)
    .map((name) => basename(name, ending));
  const near = nearest(basename(path, ending), stems);
  const meant = near === undefined ? namesake(path) : `${near}${ending}`;
  if (meant === undefined) return { remedy: otherwise };
  return { remedy: `Did you mean ${relative(process.cwd(), join(dirname(path), meant))}?` };
}

/** The one file of the same name with another ending: `train.yaml` for `train.yml`. */
function namesake(path: string): string | undefined {
  const stem = basename(path, extname(path));
  const same = namesIn(dirname(path)).filter((name) => extname(name) !== '' && basename(name, extname(name)) === stem);
  return same.length === 1 ? same[0] : undefined;
}
