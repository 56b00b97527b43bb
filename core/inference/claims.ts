/**
 * Claims: who of a crew works on what. There is a list of work, the partitions that have no predictions yet; whoever is free
 * claims the next place of the list, renews the claim while the partition is in work, and removes it once its task manifest
 * is there. A claim whose owner has gone silent, or has given it back, is taken over by whoever is free.
 *
 * Claims only keep hosts from doing the same work twice. They decide nothing: two that work on one partition, because one of
 * them was taken for dead, leave one task manifest as always, and a claim is lost by condition to whoever took it over.
 */

/** The right to work on one place of the list, for as long as it is renewed. */
export interface PartitionClaim {
  /** Index into the list of work. */
  readonly place: number;
  /** Raised whenever the claim changes hands. */
  readonly fence: number;
  /** Raised by its owner again and again; observers time its standing still on their own clocks. */
  readonly beats: number;
  /** Undefined where it was given back. */
  readonly owner?: string;
  /** How often work on it began. */
  readonly tries: number;
}

/** What is claimed of a list. Places from `next` on are not, the others have a claim or their predictions. */
export interface ClaimBoard {
  readonly next: number;
  readonly total: number;
  readonly claims: readonly PartitionClaim[];
}

/** A claim whose beats stand still for so long is that of somebody who is gone: five beats. */
export const SILENT_MS = 25_000;
export const RENEW_MS = 5_000;

/** Work on a partition begins so often at most, as in a Distributed Map, where each has three attempts. */
export const TRIES_MAX = 3;

/** Since when each claim has stood as it does, on the observer's own clock. */
export type ClaimWatch = ReadonlyMap<number, { readonly claim: PartitionClaim; readonly sinceMs: number }>;

/** What is known of claims after another look at them. */
export function watched(before: ClaimWatch, { claims }: ClaimBoard, nowMs: number): ClaimWatch {
  return new Map(
    claims.map((claim) => {
      const last = before.get(claim.place);
      const isSame = last !== undefined && last.claim.fence === claim.fence && last.claim.beats === claim.beats;
      return [claim.place, { claim, sinceMs: isSame ? last.sinceMs : nowMs }];
    }),
  );
}

export type Choice =
  /** Claim a place that nobody has had. */
  | { readonly do: 'take'; readonly place: number }
  /** Take over what was given back, or is in the hands of somebody who is silent. */
  | { readonly do: 'takeOver'; readonly claim: PartitionClaim }
  /** A claim of one's own that one does not know of: the answer to the write was lost. */
  | { readonly do: 'work'; readonly claim: PartitionClaim }
  /** It was begun often enough: whoever did is gone, and the run fails. */
  | { readonly do: 'giveUp'; readonly claim: PartitionClaim }
  /** The rest is in work at others. */
  | { readonly do: 'wait' }
  | { readonly do: 'leave' };

/** What somebody does who is free. What was given back comes first: it has waited longest, and partitions are ordered by size. */
export function choose(
  board: ClaimBoard,
  watch: ClaimWatch,
  { owner, nowMs }: { owner: string; nowMs: number },
): Choice {
  const own = board.claims.find((claim) => claim.owner === owner);
  if (own !== undefined) return { do: 'work', claim: own };
  const free = board.claims.find((claim) => claim.owner === undefined);
  if (free !== undefined) return again(free);
  if (board.next < board.total) return { do: 'take', place: board.next };
  const silent = board.claims.find((claim) => isSilent(watch, claim, nowMs));
  if (silent !== undefined) return again(silent);
  return isOver(board) ? { do: 'leave' } : { do: 'wait' };
}

const again = (claim: PartitionClaim): Choice => ({ do: claim.tries >= TRIES_MAX ? 'giveUp' : 'takeOver', claim });

function isSilent(watch: ClaimWatch, claim: PartitionClaim, nowMs: number): boolean {
  const seen = watch.get(claim.place);
  const isSame = seen?.claim.fence === claim.fence && seen.claim.beats === claim.beats;
  return seen !== undefined && isSame && nowMs - seen.sinceMs >= SILENT_MS;
}

/** True once every place was claimed and every claim is removed. */
export const isOver = ({ next, total, claims }: ClaimBoard): boolean => next >= total && claims.length === 0;

/** Places that have no predictions yet, as far as claims tell. */
export const left = ({ next, total, claims }: ClaimBoard): number => total - next + claims.length;

/** The first claim of a place. */
export const taken = (place: number, owner: string): PartitionClaim => ({ place, fence: 1, beats: 0, owner, tries: 1 });

/** The claim in other hands. */
export const takenOver = (claim: PartitionClaim, owner: string): PartitionClaim => ({
  ...{ place: claim.place, fence: claim.fence + 1, beats: 0, owner, tries: claim.tries + 1 },
});

export const renewed = (claim: PartitionClaim): PartitionClaim => ({ ...claim, beats: claim.beats + 1 });

/**
 * The claim for whoever comes next. `isOwnFault`: it counts as a try; that a host is taken away is no fault of the
 * partition, and does not.
 */
export function givenBack({ place, fence, tries }: PartitionClaim, isOwnFault: boolean): PartitionClaim {
  return { place, fence: fence + 1, beats: 0, tries: isOwnFault ? tries : tries - 1 };
}
