/** Where the time of the hosts of a run went: every second of a lease is in one phase, and some of them came to nothing. */
import type { Stay } from './phases.ts';

/** From and to in epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface LedgerInput {
  /** Every lease of the run, from the launch of its host to its release. */
  readonly leases: readonly Span[];
  readonly stays: readonly Stay[];
  /** The attempts that were not the last, or did not succeed. */
  readonly lost: readonly Span[];
}

/** Seconds of hosts, summed over all of them. */
export interface HostLedger {
  readonly totalS: number;
  /** Phase → seconds, in the order in which phases were first entered; what lies in no phase is `outside`. */
  readonly byPhase: Readonly<Record<string, number>>;
  /** Of the total, in attempts that did not come to the result; what they had saved was used by the next. */
  readonly lostS: number;
}

export function hostLedger({ leases, stays, lost }: LedgerInput): HostLedger {
  const secondsIn = (span: Span) => leases.reduce((sum, lease) => sum + overlapMs(lease, span), 0) / 1000;
  const byPhase: Record<string, number> = {};
  for (const stay of stays) byPhase[stay.phase] = (byPhase[stay.phase] ?? 0) + secondsIn(stay);
  const totalS = leases.reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
  const inside = Object.values(byPhase).reduce((sum, seconds) => sum + seconds, 0);
  const outside = totalS - inside;
  return {
    totalS,
    byPhase: outside > LEAST_S ? { ...byPhase, outside } : byPhase,
    lostS: lost.reduce((sum, span) => sum + secondsIn(span), 0),
  };
}

/** Clocks of hosts and workflow differ by less. */
const LEAST_S = 0.05;

const overlapMs = (a: Span, b: Span): number => Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
