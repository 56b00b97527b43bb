/**
 * A step of the workflow while hosts predict: it opens the crew, writes down what there is to do, launches hosts, lends them
 * their leases, and looks whether the work is over. What to do is decided in core/inference/tend.ts; a step that dies anywhere
 * is made good by the next one, because hosts without a lease are adopted and the list of work is written once.
 */
import { invariant, LockstepError } from '#core/errors.ts';
import type { Candidate } from '#core/fleet/candidates.ts';
import type { Host } from '#core/fleet/records.ts';
import { afterLaunch } from '#core/fleet/search.ts';
import { isOver } from '#core/inference/claims.ts';
import { type Crew, isAtWork, opened } from '#core/inference/crew.ts';
import type { InferenceState } from '#core/inference/state.ts';
import {
  type CrewSearch,
  type CrewView,
  NEW_SEARCH,
  searchOf,
  settle,
  type TendStep,
  tend,
} from '#core/inference/tend.ts';
import type { HostsRequest, InferJob } from '#core/job/job.ts';
import { growingS } from '#core/training/pace.ts';
import { readJson } from '#formats/json/json-object.ts';
import { launchGang } from '../gang/launch-gang.ts';
import { type CrewPorts, lend, observeCrew } from './hosts-observe.ts';
import { planIfAny } from './hosts-plan.ts';
import { releaseCrew } from './hosts-release.ts';
import { beginWork, type WorkListPorts } from './hosts-work-list.ts';

export type TendPorts = CrewPorts & WorkListPorts;

/** How long one call goes on: what happens within it is seen at once, and what is launched in it is written down in it. */
const STAY_MS = 20_000;
const LOOK_MS = 500;

/** A host lives on so long after its crew had to be over, before it shuts itself down. */
const SLACK_S = 900;

/** How long the hosts of an earlier round may take to go. */
const CLEAR_S = 300;

/** Tends the hosts of a run; `waitS` of the answer is 0 once there is nothing to tend any more, with `error` where it failed. */
export async function tendHosts(ports: TendPorts, state: InferenceState): Promise<InferenceState> {
  const { execution, round } = state;
  invariant(execution && round, `${state.runId} comes to its hosts without a round`);
  const job = (await readJson<InferJob>(ports.objects, state.jobUri)).value;
  const { hosts: request } = job;
  invariant(request, `${state.runId} comes to hosts that its job does not ask for`);
  const nowS = Math.floor(ports.clock.wallMs() / 1000);
  const crew = await openCrew(ports, { runId: state.runId, owner: execution, round, nowS, ...request });
  if (crew === undefined) return notClear(state, nowS);
  if (crew.phase !== 'OPEN') return over(state);
  return await stay(ports, { ...state, search: state.search ?? NEW_SEARCH }, { crew, request });
}

/** Undefined while the hosts of another round are there. */
async function openCrew(ports: TendPorts, wanted: Parameters<typeof opened>[1]): Promise<Crew | undefined> {
  const { runId, owner, round } = wanted;
  const before = await ports.crews.read(runId);
  const next = opened(before, wanted);
  if (next === undefined) {
    // Of this execution itself: its release was not confirmed in time.
    if (before?.owner === owner) await releaseCrew(ports, runId, { owner });
    return undefined;
  }
  const crew = next === before ? next : await ports.crews.open(next);
  return crew.owner === owner && crew.round === round ? crew : undefined;
}

interface Tended {
  readonly crew: Crew;
  readonly request: HostsRequest;
}

type Searching = InferenceState & { readonly search: CrewSearch };

async function stay(ports: TendPorts, state: Searching, { crew, request }: Tended): Promise<InferenceState> {
  const startedMs = ports.clock.monotonicMs();
  const leftMs = () => STAY_MS - (ports.clock.monotonicMs() - startedMs);
  for (let now = state; ; ) {
    const current = (await ports.crews.read(crew.runId)) ?? crew;
    if (current.attempt !== crew.attempt || current.phase !== 'OPEN') return over(now);
    await beginIfPlanned(ports, current);
    const view = await observeCrew(ports, { crew: current, request, search: now.search });
    const { step, search } = await act(ports, view);
    if (step.do === 'done') return over(now);
    if (step.do === 'fail') return { ...over(now), error: { Error: step.code, Cause: step.message } };
    now = { ...now, search };
    const elapsedS = view.nowMs / 1000 - crew.openedAtS;
    const waitS = step.do === 'again' ? step.waitS : growingS(elapsedS, { first: 2, longest: 600, of: 20 });
    if (waitS * 1000 > leftMs()) return { ...now, waitS: Math.max(1, waitS) };
    await watchFor(ports, crew, waitS * 1000);
  }
}

/** Where hosts make the plan, there is nothing to do for others before. */
async function beginIfPlanned(ports: TendPorts, crew: Crew): Promise<void> {
  if ((await ports.claims.board(crew)) !== undefined) return;
  const plan = await planIfAny(ports, crew.runId);
  if (plan !== undefined) await beginWork(ports, crew, plan.partitions.length);
}

/** Looks away for so long, unless the work is over or fails. */
async function watchFor(ports: TendPorts, { runId, attempt }: Crew, ms: number): Promise<void> {
  const { clock, crews, claims } = ports;
  for (const endMs = clock.monotonicMs() + ms; clock.monotonicMs() < endMs; ) {
    await clock.sleep(Math.min(LOOK_MS, ms));
    const [crew, board] = await Promise.all([crews.read(runId), claims.board({ runId, attempt })]);
    if (!isAtWork(crew, attempt) || (board !== undefined && isOver(board))) return;
    // The plan may be there, which others than this one have made.
    if (board === undefined && (await planIfAny(ports, runId)) !== undefined) return;
  }
}

interface Acted {
  readonly step: TendStep;
  readonly search: CrewSearch;
}

async function act(ports: TendPorts, view: CrewView): Promise<Acted> {
  const search = searchNow(view);
  const now = { ...view, search };
  const step = tend(now);
  switch (step.do) {
    case 'launch':
      return await launch(ports, now, step);
    case 'launchMore':
      return { step: { do: 'watch' }, search: await launchMore(ports, now, step) };
    case 'again':
      return { step, search: { ...search, candidate: step.candidate, round: step.round, refusals: step.refusals } };
    default:
      return { step, search };
  }
}

/** Since when there are too few is noted before anything is launched: the search ends by it. */
function searchNow({ search: { shortSinceS, ...search }, kept, request, nowMs }: CrewView): CrewSearch {
  if (kept.length >= request.min) return { ...search, candidate: 0, refusals: [] };
  return { ...search, shortSinceS: shortSinceS ?? Math.floor(nowMs / 1000) };
}

interface Launching {
  readonly candidate: number;
  readonly count: number;
}

/** `min` hosts, or those that are missing: all of them from one candidate, or none. */
async function launch(ports: TendPorts, view: CrewView, { candidate, count }: Launching): Promise<Acted> {
  const { search } = view;
  const chosen = view.candidates[candidate];
  invariant(chosen, `there is no candidate ${candidate}`);
  const { result, cooldowns } = await launchGang(ports, { ...launchOf(view, chosen), count, round: search.round });
  const round = search.round + 1;
  if (result.ok) {
    await take(ports, view.crew, result.hosts);
    return { step: { do: 'again', waitS: 1, ...search, round }, search: { ...search, round } };
  }
  if (result.left !== undefined && result.left.length > 0) {
    await ports.fleet.terminate(result.left.map(({ instanceId }) => instanceId));
    return { step: { do: 'again', waitS: 1, ...search, round }, search: { ...search, round } };
  }
  const moved = { ...view, cooldowns, search: { ...search, candidate } };
  const step = settle(moved, afterLaunch(searchOf(moved), { result, cooldowns, nowMs: view.nowMs }));
  if (step.do === 'again') {
    return { step, search: { ...search, candidate: step.candidate, round: step.round, refusals: step.refusals } };
  }
  return { step, search: step.do === 'watch' ? { ...search, isRefused: true } : search };
}

/** As many of `count` as one pool has: half as many where it has not so many. Only a pool without a single one cools down. */
async function launchMore(ports: TendPorts, view: CrewView, { candidate, count }: Launching): Promise<CrewSearch> {
  const { search } = view;
  const chosen = view.candidates[candidate];
  invariant(chosen, `there is no candidate ${candidate}`);
  const silent = { ...ports, cooldowns: { ...ports.cooldowns, save: async () => {} } };
  for (let asked = count; asked >= 1; asked = Math.floor(asked / 2)) {
    const order = { ...launchOf(view, chosen), count: asked, round: search.round };
    const { result } = await launchGang(asked > 1 ? silent : ports, order);
    if (result.ok) {
      await take(ports, view.crew, result.hosts);
      return { ...search, round: search.round + 1 };
    }
    const { left = [], failure } = result;
    if (left.length > 0) {
      await ports.fleet.terminate(left.map(({ instanceId }) => instanceId));
      return { ...search, round: search.round + 1 };
    }
    if (failure !== 'capacity' && failure !== 'quota') {
      return failure === 'throttle' || failure === 'transient' ? search : { ...search, isRefused: true };
    }
  }
  return search;
}

const launchOf = ({ crew, cooldowns }: CrewView, candidate: Candidate) => ({
  ...candidate,
  ...{ runId: crew.runId, attempt: crew.attempt, expiresAtS: crew.deadlineS + SLACK_S, cooldowns },
});

/** Lends hosts their leases. Where the crew is over meanwhile, nobody else comes for them, so they are ended at once. */
async function take(ports: TendPorts, crew: Crew, hosts: readonly Host[]): Promise<void> {
  const { runId, attempt } = crew;
  const ids = hosts.map(({ instanceId }) => instanceId);
  await lend(ports, crew, hosts);
  const now = await ports.crews.read(runId);
  if (now?.attempt === attempt && now.phase === 'OPEN') return;
  ports.log.warn('the crew was ended while its hosts came', { runId, instanceIds: ids });
  await ports.leases.release(runId, ids, { atMs: ports.clock.wallMs(), attempt });
  await ports.fleet.terminate(ids);
}

/** Nothing is left to tend. */
const over = ({ search: _, ...state }: InferenceState): InferenceState => ({ ...state, waitS: 0 });

/** The hosts of another round have to go first; whoever waits for that knows since when by `search`. */
function notClear(state: InferenceState, nowS: number): InferenceState {
  const { shortSinceS = nowS } = state.search ?? NEW_SEARCH;
  if (nowS - shortSinceS <= CLEAR_S) return { ...state, search: { ...NEW_SEARCH, shortSinceS }, waitS: 5 };
  throw new LockstepError(
    'LS_RUN_EXISTS',
    `run ${state.runId} has hosts that work for another execution, and they have not gone in ${CLEAR_S} s`,
  );
}
