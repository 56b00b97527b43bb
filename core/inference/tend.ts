/**
 * What is done about the hosts of a crew, looked at from outside: until the work is over, at least `min` are looked for, all of
 * those that are missing at once, and others up to `max` as they can be had. How `min` are looked for is the search of a gang
 * (core/fleet/search.ts); only that a crew with any host at all goes on with what it has.
 */
import type { ErrorCode } from '../errors.ts';
import { type Candidate, poolOf } from '../fleet/candidates.ts';
import { isCooling } from '../fleet/cooldown.ts';
import type { Host } from '../fleet/records.ts';
import { type Cooldowns, nextStep, type Refusal, type Search, type SearchOutcome } from '../fleet/search.ts';
import type { QueueEntry } from '../gang/queue/entry.ts';
import type { GangRequest, HostsRequest } from '../job/job.ts';
import { addressesOf, INSTANCE_TYPES } from '../resources/instance-types.ts';
import { type ClaimBoard, isOver, left } from './claims.ts';
import type { Crew } from './crew.ts';

/** Where the search for hosts is; kept in the state of the workflow. */
export interface CrewSearch {
  readonly candidate: number;
  /** Raised with each launch that brought hosts: EC2 would answer its token with the same ones once more. */
  readonly round: number;
  readonly refusals: readonly Refusal[];
  /** Epoch seconds since when there have been fewer hosts than `min`; absent while there are enough. */
  readonly shortSinceS?: number;
  /** EC2 refuses launches for a reason that asking again does not cure. */
  readonly isRefused?: true;
}

export const NEW_SEARCH: CrewSearch = { candidate: 0, round: 0, refusals: [] };

export interface CrewView {
  readonly crew: Crew;
  readonly request: HostsRequest;
  readonly search: CrewSearch;
  readonly candidates: readonly Candidate[];
  /** Why there are no others, see CandidatePlan. */
  readonly refused: readonly string[];
  readonly cooldowns: Cooldowns;
  /** Hosts that have a lease of this attempt and are alive. */
  readonly kept: readonly Host[];
  /** Hosts that had one and are gone. */
  readonly lost: readonly string[];
  /** Undefined before the work has begun. */
  readonly board: ClaimBoard | undefined;
  /** A gang waits for hosts of these types, which it needs all at once. */
  readonly isGangWaiting: boolean;
  readonly nowMs: number;
}

export type TendStep =
  | { readonly do: 'done' }
  | { readonly do: 'fail'; readonly code: string; readonly message: string }
  /** `count` hosts or none. */
  | { readonly do: 'launch'; readonly candidate: number; readonly count: number }
  /** As many of `count` as the pool has. */
  | { readonly do: 'launchMore'; readonly candidate: number; readonly count: number }
  | ({ readonly do: 'again'; readonly waitS: number } & Pick<CrewSearch, 'candidate' | 'round' | 'refusals'>)
  | { readonly do: 'watch' };

/** The next thing to do. */
export function tend(view: CrewView): TendStep {
  const { crew, board, request, search, kept, lost, nowMs } = view;
  if (crew.failure !== undefined) return { do: 'fail', ...crew.failure };
  if (board !== undefined && isOver(board)) return { do: 'done' };
  if (view.candidates.length === 0) return fail('LS_JOB_IMPOSSIBLE', view.refused.join('; '));
  if (nowMs >= crew.deadlineS * 1000) {
    const limit = `hosts.maxDurationS, ${request.maxDurationS} s, is over`;
    return fail('LS_LIMIT_EXCEEDED', `${limit}; ${rest(board)}`);
  }
  if (kept.length > 0 && search.isRefused) return { do: 'watch' };
  if (lost.length <= request.replacements) {
    const missing = request.min - kept.length;
    return missing > 0 ? lookForMin(view, missing) : lookForMore(view, wanted(view) - kept.length);
  }
  if (kept.length > 0) return { do: 'watch' };
  const budget = `${lost.length} hosts were lost, and hosts.replacements is ${request.replacements}`;
  return fail('LS_HOST_LOST', `${budget}; ${rest(board)}`);
}

/** The search that `min` hosts are looked for with. */
export const searchOf = ({ search, candidates, request, nowMs, kept }: CrewView): Search => {
  const sinceMs = (search.shortSinceS ?? nowMs / 1000) * 1000;
  return {
    ...{ candidates, candidate: search.candidate, round: search.round, refusals: search.refusals, sinceMs },
    // Those that are there go on working: nothing is given back, and nothing gives up for them.
    deadlineMs: kept.length > 0 ? Number.POSITIVE_INFINITY : sinceMs + request.maxQueueS * 1000,
    keepsHosts: false,
  };
};

function lookForMin(view: CrewView, count: number): TendStep {
  const step = nextStep(searchOf(view), view.cooldowns, view.nowMs);
  if (step.do === 'launch') return { do: 'launch', candidate: step.candidate, count };
  return settle(view, step);
}

/** What a step of the search means for a crew, which goes on with the hosts that it has where there are no others. */
export function settle({ kept }: CrewView, step: SearchOutcome): TendStep {
  if (step.do === 'run' || step.do === 'letGo') return { do: 'watch' };
  return step.do === 'fail' && kept.length > 0 ? { do: 'watch' } : step;
}

/** Gangs come first: they wait until they have all of their hosts, and a crew works with what it has. */
function lookForMore({ candidates, cooldowns, isGangWaiting, nowMs }: CrewView, count: number): TendStep {
  if (count <= 0 || isGangWaiting) return { do: 'watch' };
  const candidate = candidates.findIndex((one) => !isCooling(cooldowns.get(poolOf(one)), nowMs));
  return candidate === -1 ? { do: 'watch' } : { do: 'launchMore', candidate, count };
}

/** Hosts that there is work for, `max` at most: one process an accelerator, each with a partition. */
function wanted({ request, candidates, board }: CrewView): number {
  if (board === undefined) return request.min;
  const type = INSTANCE_TYPES.get(candidates[0]?.instanceType ?? '');
  const processes = Math.max(1, type === undefined ? 1 : addressesOf(type));
  return Math.min(request.max, Math.max(request.min, Math.ceil(left(board) / processes)));
}

const rest = (board: ClaimBoard | undefined): string =>
  board === undefined ? 'no partition was begun' : `${left(board)} of ${board.total} partitions are left`;

const fail = (code: ErrorCode, message: string): TendStep => ({ do: 'fail', code, message });

/** As the search for candidates asks: what a single process needs, which any type has. */
export const asGang = ({ min, instanceTypes, zones, markets }: HostsRequest): GangRequest => ({
  ...{ hosts: min, tasksPerHost: 1, perTask: { gpu: 0 }, instanceTypes, zones, markets, priority: 0 },
});

/** A gang that waits asks once a minute at least, see core/gang/queue. */
const ASKS_S = 150;

/** True if a gang waits for hosts of one of these types. */
export const isAnyWaiting = (
  queue: readonly QueueEntry[],
  { instanceTypes }: Pick<HostsRequest, 'instanceTypes'>,
  nowS: number,
): boolean =>
  queue.some(
    (entry) =>
      !entry.admitted &&
      nowS - entry.askedAtS <= ASKS_S &&
      entry.instanceTypes.some((type) => instanceTypes.includes(type)),
  );
