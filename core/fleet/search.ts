/**
 * How a gang looks for its hosts: through its candidates in order, one launch a step, all or nothing. A shortage leads
 * to the next candidate; after a full pass it waits until a pool has cooled down and starts a new round. At the end of
 * its queue time it asks every pool once more, cool or not, and then gives up. Nothing else is decided anywhere else.
 */
import type { ErrorCode } from '../errors.ts';
import { type Candidate, poolOf } from './candidates.ts';
import { type Cooldown, isCooling } from './cooldown.ts';
import type { LaunchFailure, LaunchResult } from './records.ts';

export interface Search {
  readonly candidates: readonly Candidate[];
  /** Index of the candidate that is tried next. */
  readonly candidate: number;
  readonly round: number;
  /** What the pools have answered in this pass. */
  readonly refusals: readonly Refusal[];
  /** Epoch milliseconds at which this search began, and at which the queue time is over. */
  readonly sinceMs: number;
  readonly deadlineMs: number;
  /** True if hosts of an earlier attempt are kept, and the launch is only for those that are missing. */
  readonly keepsHosts: boolean;
}

export interface Refusal {
  readonly pool: string;
  readonly code: string;
  readonly failure: LaunchFailure;
}

export type SearchStep =
  | { readonly do: 'launch'; readonly candidate: number }
  /** The gang is whole. */
  | { readonly do: 'run' }
  /** Come again after `waitS`, with this candidate, round and these refusals. */
  | ({ readonly do: 'again'; readonly waitS: number } & Pick<Search, 'candidate' | 'round' | 'refusals'>)
  /** No gang holds part of what it needs: give back the hosts that were kept, then look for all of them. */
  | { readonly do: 'letGo' }
  | { readonly do: 'fail'; readonly code: ErrorCode; readonly message: string };

/** What a step came to, once any launch is behind it. */
export type SearchOutcome = Exclude<SearchStep, { do: 'launch' }>;

export type Cooldowns = ReadonlyMap<string, Cooldown>;

const THROTTLE_S = 5;
const TRANSIENT_S = 2;

/**
 * The longer a search has lasted, the more rarely it asks: a twentieth of that time, ten minutes at the most. Its waits are
 * events of the execution's history, which are limited, and requests to EC2, which are too.
 */
const LONGEST_PAUSE_S = 600;
const pauseS = ({ sinceMs }: Search, nowMs: number): number => Math.min(LONGEST_PAUSE_S, (nowMs - sinceMs) / 20_000);

/** The next thing to do before anything was launched in this step. */
export function nextStep(search: Search, cooldowns: Cooldowns, nowMs: number): SearchStep {
  const isLastPass = nowMs >= search.deadlineMs;
  const candidate = search.candidates.findIndex(
    (one, index) => index >= search.candidate && (isLastPass || !isCooling(cooldowns.get(poolOf(one)), nowMs)),
  );
  return candidate === -1 ? endOfPass(search, cooldowns, nowMs) : { do: 'launch', candidate };
}

export interface Launched {
  readonly result: LaunchResult;
  /** With what this result taught about its pool. */
  readonly cooldowns: Cooldowns;
  readonly nowMs: number;
}

/** What follows from the answer to the launch of `search.candidate`. */
export function afterLaunch(search: Search, { result, cooldowns, nowMs }: Launched): SearchOutcome {
  if (result.ok) return { do: 'run' };
  const pool = poolOf(search.candidates[search.candidate] as Candidate);
  const refusals = [...search.refusals, { pool, code: result.code, failure: result.failure }];
  switch (result.failure) {
    case 'capacity':
    case 'quota': {
      const moved = { ...search, candidate: search.candidate + 1, refusals };
      if (moved.candidate === search.candidates.length) return endOfPass(moved, cooldowns, nowMs);
      return again(moved, 0);
    }
    case 'throttle':
    case 'transient':
      if (nowMs >= search.deadlineMs) return exhausted(refusals);
      return again(search, waitS(search, nowMs, result.failure === 'throttle' ? THROTTLE_S : TRANSIENT_S));
    case 'config':
    case 'auth':
    case 'unknown':
      return {
        do: 'fail',
        code: 'LS_FLEET_REFUSED',
        message: `EC2 refused the launch from ${pool} with ${result.code} (${result.failure}): ${result.message}`,
      };
  }
}

function endOfPass(search: Search, cooldowns: Cooldowns, nowMs: number): SearchOutcome {
  const { refusals, round, deadlineMs } = search;
  if (search.keepsHosts) return { do: 'letGo' };
  // A pool that was passed over because it cools down might have a mere shortage.
  const isQuotaAlone =
    refusals.length === search.candidates.length && refusals.every(({ failure }) => failure === 'quota');
  if (isQuotaAlone && round > 0) {
    return { do: 'fail', code: 'LS_QUOTA', message: `the gang is larger than what may be used: ${listed(refusals)}` };
  }
  if (nowMs >= deadlineMs) return exhausted(refusals);
  const coolAgain = search.candidates.map((one) => cooldowns.get(poolOf(one))?.untilMs ?? nowMs);
  const coolS = (Math.min(...coolAgain) - nowMs) / 1000;
  return again({ candidate: 0, round: round + 1, refusals: [] }, waitS(search, nowMs, coolS));
}

/** What a search waits, at least `leastS`, but never past its deadline. */
function waitS(search: Search, nowMs: number, leastS: number): number {
  const wantedS = Math.max(leastS, pauseS(search, nowMs));
  return Math.max(1, Math.ceil(Math.min(wantedS, (search.deadlineMs - nowMs) / 1000)));
}

const again = ({ candidate, round, refusals }: Pick<Search, 'candidate' | 'round' | 'refusals'>, waitS: number) =>
  ({ do: 'again', waitS, candidate, round, refusals }) as const;

function exhausted(refusals: readonly Refusal[]): SearchOutcome {
  const message = `no candidate could supply the whole gang before the queue time ran out: ${listed(refusals)}`;
  return { do: 'fail', code: 'LS_NO_CAPACITY', message };
}

const listed = (refusals: readonly Refusal[]): string =>
  refusals.map(({ pool, code }) => `${pool}: ${code}`).join('; ');
