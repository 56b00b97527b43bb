import type { RecordClaims } from '#core/stream/ports.ts';
import { finish, giveUp, isHeldBy, type RecordClaim, take } from '#core/stream/record-claim.ts';

/** Claims in memory. */
export function memoryRecordClaims(
  stored: Map<string, RecordClaim> = new Map(),
  changed: (key: string, claim: RecordClaim) => void = () => {},
): RecordClaims {
  const store = (key: string, claim: RecordClaim) => {
    stored.set(key, claim);
    changed(key, claim);
  };
  return {
    async take(key, times) {
      const [answer, claim] = take(stored.get(key), times);
      if (claim !== undefined) store(key, claim);
      return answer;
    },
    async finish(holdings, outcome) {
      const lost = holdings.filter(({ key, fence }) => !isHeldBy(stored.get(key), fence)).map(({ key }) => key);
      if (lost.length > 0) return lost;
      for (const { key, fence } of holdings) {
        const claim = stored.get(key);
        if (isHeldBy(claim, fence)) store(key, finish(claim, outcome));
      }
      return [];
    },
    async giveUp({ key, fence }, counts) {
      const claim = stored.get(key);
      if (isHeldBy(claim, fence)) store(key, giveUp(claim, counts));
    },
  };
}
