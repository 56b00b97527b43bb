/** How long those who let the warehouse run a query look at it, and how long they leave it alone between. */
import { LockstepError } from '#core/errors.ts';
import type { Clock } from '#core/system/ports.ts';
import { growingS } from '#core/training/pace.ts';
import type { Warehouse } from '#core/training/ports.ts';

interface QueryPorts {
  readonly warehouse: Pick<Warehouse, 'poll'>;
  readonly clock: Clock;
}

/** A short query ends within one call; a long one is looked at again each time the workflow has waited. */
const LOOK_EVERY_MS = 200;
const LOOK_FOR_MS = 10_000;
const QUERY_WAIT_S = { first: 5, longest: 300, of: 20 };

/** True once the query has succeeded, false if it still runs; LS_QUERY_FAILED with the warehouse's reason. */
export async function hasEnded({ warehouse, clock }: QueryPorts, queryId: string): Promise<boolean> {
  const until = clock.monotonicMs() + LOOK_FOR_MS;
  while (true) {
    const status = await warehouse.poll(queryId);
    if (status.state === 'succeeded') return true;
    if (status.state === 'failed') throw new LockstepError('LS_QUERY_FAILED', status.reason);
    if (clock.monotonicMs() >= until) return false;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Seconds until a query is looked at again that is waited for since `sinceS`, in seconds of the epoch. */
export const lookAgainS = ({ clock }: Pick<QueryPorts, 'clock'>, sinceS: number): number =>
  growingS(clock.wallMs() / 1000 - sinceS, QUERY_WAIT_S);
