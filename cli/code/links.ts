import { realpath } from 'node:fs/promises';
import { dirname, posix } from 'node:path';
import { type CodePlace, placeWithin } from './place.ts';
import { refused } from './refusal.ts';

/** A link whose content travels in its place. */
export interface Followed {
  readonly path: CodePlace;
  /** Real path of what it leads to. */
  readonly target: string;
}

export interface FoundLink {
  readonly path: CodePlace;
  readonly source: string;
  /** Real paths of what links have led to on the way here. */
  readonly through: readonly string[];
}

type Resolved =
  | { readonly kind: 'nothing' }
  /** It leads to something that travels too: `target` is the way there from the link. */
  | { readonly kind: 'inside'; readonly target: string }
  /** It leads to something that does not travel by itself, at this real path. */
  | { readonly kind: 'outside'; readonly target: string };

/**
 * What becomes of a link. `travels` says of a place in the folder whose real path is `root` whether it travels by itself.
 * LS_CODE_REFUSED for a link whose content would hold the link, without an end.
 */
export async function resolveLink(
  { path, source, through }: FoundLink,
  root: string,
  travels: (place: CodePlace) => boolean,
): Promise<Resolved> {
  const target = await realpath(source).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ELOOP') return undefined;
    throw error;
  });
  if (target === undefined) return { kind: 'nothing' };
  const place = placeWithin(root, target);
  if (place !== undefined && travels(place)) {
    return { kind: 'inside', target: posix.relative(posix.dirname(path), place) || '.' };
  }
  const holders = [await realpath(dirname(source)), ...through];
  if (holders.some((holder) => placeWithin(target, holder) !== undefined)) {
    throw refused(`${path} is a link to ${target}, which holds the link itself`);
  }
  return { kind: 'outside', target };
}
