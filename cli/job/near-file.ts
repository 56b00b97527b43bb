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
  const meant = nearest(basename(path, ending), stems);
  if (meant === undefined) return { remedy: otherwise };
  return { remedy: `Did you mean ${relative(process.cwd(), join(dirname(path), `${meant}${ending}`))}?` };
}
