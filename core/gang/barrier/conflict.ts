import { describeExit, ranks } from '../cause.ts';
import type { Arrival, Arrivals, TaskExit } from '../records.ts';
import type { BarrierWait } from './wait.ts';

/**
 * Why this barrier can never open, in one sentence that names both sides; undefined while it still can.
 *
 * Two calls conflict when their kinds differ. Different lines of code do not: `if (rank === 0) { save(); barrier() }
 * else barrier()` is right. But where kinds differ, the lines are what the reader needs.
 */
export function conflict(waits: readonly BarrierWait[], arrivals: Arrivals | undefined): string | undefined {
  const first = waits[0]?.arrival;
  if (first === undefined) return undefined;
  const other = waits.find((wait) => wait.arrival.kind !== first.kind)?.arrival;
  if (other !== undefined) return `${call(first)} on rank ${first.rank} met ${call(other)} on rank ${other.rank}`;
  if (arrivals === undefined || arrivals.kind === first.kind) return undefined;
  return `${call(first)} on rank ${first.rank} met ${call(arrivals)} on ${ranks(arrivals.ranks)}`;
}

/** The same for a rank that has ended well and so will never come; one that failed stops the gang by itself. */
export function deserted(
  waits: readonly BarrierWait[],
  arrivals: Arrivals | undefined,
  exits: Readonly<Record<number, TaskExit>>,
): string | undefined {
  const here = new Set([...(arrivals?.ranks ?? []), ...waits.map((wait) => wait.arrival.rank)]);
  const gone = Object.entries(exits).find(([rank, exit]) => exit.code === 0 && !here.has(Number(rank)));
  if (gone === undefined || here.size === 0) return undefined;
  const waiting = ranks([...here].sort((a, b) => a - b));
  const where = waits[0]?.arrival ?? arrivals;
  return `rank ${gone[0]} ${describeExit(gone[1])} without coming${where === undefined ? '' : ` to ${call(where)}`}, where ${waiting} ${here.size === 1 ? 'waits' : 'wait'}`;
}

const call = ({ kind, callSite }: Pick<Arrival, 'kind' | 'callSite'>): string =>
  callSite === '' ? kind : `${kind} (${callSite})`;
