/**
 * The claim on a record: who works on it, and in the end what became of it. Whoever takes it over raises the fence, and only
 * the holder of the newest fence can finish it, so that one who was thought dead and wakes up publishes nothing.
 */

/** What is stored of a record. */
export type RecordClaim = HeldClaim | FinishedClaim;

export interface HeldClaim {
  readonly state: 'held';
  /** Raised by whoever takes it. */
  readonly fence: number;
  /** How often it was taken and counted. */
  readonly attempts: number;
  /** From then on anybody may take it: its holder has died, or has given it up. Milliseconds since 1970. */
  readonly untilMs: number;
}

export interface FinishedClaim {
  readonly state: 'finished';
  readonly fence: number;
  readonly attempts: number;
  /** Where what became of it is, for whoever finds that it is not visible yet. */
  readonly outcome: string;
}

/** Times, as the one who asks has them: clocks that differ cost time, and never an answer too many. */
export interface ClaimTimes {
  readonly nowMs: number;
  readonly untilMs: number;
}

/** What somebody gets who asks for a record. */
export type TakenRecord =
  | { readonly state: 'taken'; readonly fence: number; readonly attempts: number }
  | { readonly state: 'held'; readonly untilMs: number }
  | { readonly state: 'finished'; readonly outcome: string };

/** Takes a record that nobody holds. The claim is what is to be stored; undefined where nothing changes. */
export function take(
  stored: RecordClaim | undefined,
  { nowMs, untilMs }: ClaimTimes,
): readonly [TakenRecord, RecordClaim | undefined] {
  if (stored?.state === 'finished') return [{ state: 'finished', outcome: stored.outcome }, undefined];
  if (stored !== undefined && stored.untilMs > nowMs) return [{ state: 'held', untilMs: stored.untilMs }, undefined];
  const fence = (stored?.fence ?? 0) + 1;
  const attempts = (stored?.attempts ?? 0) + 1;
  return [
    { state: 'taken', fence, attempts },
    { state: 'held', fence, attempts, untilMs },
  ];
}

/** True if the one with this fence may still finish the record, or give it up. */
export const isHeldBy = (stored: RecordClaim | undefined, fence: number): stored is HeldClaim =>
  stored?.state === 'held' && stored.fence === fence;

export const finish = ({ fence, attempts }: HeldClaim, outcome: string): FinishedClaim => ({
  state: 'finished',
  fence,
  attempts,
  outcome,
});

/** Lets the next one have it at once. An attempt that says nothing about the record does not count. */
export const giveUp = (claim: HeldClaim, counts: boolean): HeldClaim => ({
  ...claim,
  attempts: counts ? claim.attempts : claim.attempts - 1,
  untilMs: 0,
});
