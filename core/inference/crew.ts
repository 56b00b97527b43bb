/**
 * The crew of an inference run: the hosts that predict for one round of it. Any number of them may work and any may leave at
 * any time, so there is no barrier and no roster: what they share is this record, which says for whom they work and whether
 * they still do, and the claims (claims.ts). A crew never decides what is predicted: task manifests do.
 */
import type { PartitionFailure } from './manifest.ts';

/** OPEN: hosts may come and work. ENDING: they leave, and nobody launches any more. ENDED: every host is gone. */
export type CrewPhase = 'OPEN' | 'ENDING' | 'ENDED';

export interface Crew {
  readonly runId: string;
  /** 0, 1, …: raised by each round that needs hosts. Hosts, leases and claims are of one attempt and serve no other. */
  readonly attempt: number;
  /** The execution that it works for. Nobody else's function acts for it. */
  readonly owner: string;
  /** The pass of that execution, see round.ts. */
  readonly round: string;
  readonly phase: CrewPhase;
  /** Epoch seconds. */
  readonly openedAtS: number;
  /** Epoch seconds at which it has to be over. */
  readonly deadlineS: number;
  /** Why it cannot come to its end: the first that anybody reports. */
  readonly failure?: PartitionFailure;
}

export interface NewCrew extends Pick<Crew, 'runId' | 'owner' | 'round'> {
  readonly maxDurationS: number;
  readonly nowS: number;
}

/**
 * What opens a crew, given the one that is there: the same if it is this round's own, the next attempt if that is over;
 * undefined while the hosts of another round are not gone yet.
 */
export function opened(
  before: Crew | undefined,
  { runId, owner, round, maxDurationS, nowS }: NewCrew,
): Crew | undefined {
  if (before !== undefined && before.owner === owner && before.round === round) return before;
  if (before !== undefined && before.phase !== 'ENDED') return undefined;
  const attempt = (before?.attempt ?? -1) + 1;
  return { runId, attempt, owner, round, phase: 'OPEN', openedAtS: nowS, deadlineS: nowS + maxDurationS };
}

/** True if a host of this attempt still has something to do here. */
export const isAtWork = (crew: Crew | undefined, attempt: number): crew is Crew =>
  crew !== undefined && crew.attempt === attempt && crew.phase === 'OPEN' && crew.failure === undefined;
