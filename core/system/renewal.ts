/** How long something is valid, on one's own clock. */
export interface Validity {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What to do with something held that must be renewed in time: nothing, renew it beside its use, or wait for a new one. */
export type Renewal = 'none' | 'beside' | 'first';

/** What is left of it by then is too little to begin anything with. */
const TOO_LITTLE_MS = 60_000;

/** It is renewed from half of its time on, so that whoever renews it may fail for as long again. */
export function renewalOf(held: Validity | undefined, nowMs: number): Renewal {
  if (held === undefined || held.untilMs - nowMs < TOO_LITTLE_MS) return 'first';
  return nowMs < held.fromMs + (held.untilMs - held.fromMs) / 2 ? 'none' : 'beside';
}
