import type { PartitionClaim } from '#core/inference/claims.ts';
import type { ClaimStore, CrewAttempt } from '#core/inference/ports.ts';

interface Board {
  next: number;
  readonly total: number;
  readonly claims: Map<number, PartitionClaim>;
}

/** Claims in memory. */
export function memoryClaims(): ClaimStore {
  const boards = new Map<string, Board>();
  const of = ({ runId, attempt }: CrewAttempt) => boards.get(`${runId}/${attempt}`);
  return {
    async begin({ runId, attempt }, total) {
      const key = `${runId}/${attempt}`;
      if (!boards.has(key)) boards.set(key, { next: 0, total, claims: new Map() });
    },
    async board(at) {
      const board = of(at);
      if (board === undefined) return undefined;
      const claims = [...board.claims.values()].sort((a, b) => a.place - b.place);
      return { next: board.next, total: board.total, claims };
    },
    async take(at, claim) {
      const board = of(at);
      if (board === undefined || board.next !== claim.place || claim.place >= board.total) return false;
      board.next += 1;
      board.claims.set(claim.place, claim);
      return true;
    },
    async replace(at, claim, after) {
      const board = of(at);
      const stored = board?.claims.get(claim.place);
      if (stored?.fence !== claim.fence || stored.beats !== claim.beats) return false;
      board?.claims.set(claim.place, after);
      return true;
    },
    async remove(at, claim) {
      const board = of(at);
      if (board?.claims.get(claim.place)?.fence === claim.fence) board.claims.delete(claim.place);
    },
  };
}
