/**
 * A step of the search for a gang's hosts: looks at what there is, launches from one candidate after the other for as long
 * as there is nothing to wait for, and says where the workflow goes next. What to do is decided in core/fleet; a step that dies anywhere is made good by the next one.
 */
import { LockstepError } from '#core/errors.ts';
import { beside, planCandidates, poolOf } from '#core/fleet/candidates.ts';
import { type Holdings, holdings } from '#core/fleet/holdings.ts';
import { isAdoptable } from '#core/fleet/orphans.ts';
import { afterLaunch, nextStep, type Search, type SearchOutcome } from '#core/fleet/search.ts';
import { refuseOthers } from '#core/gang/owner.ts';
import type { Control } from '#core/gang/records.ts';
import { secondsLeft } from '#core/gang/run-time.ts';
import { transition } from '#core/gang/transitions.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Ids } from '#core/system/ports.ts';
import { acquisition, awaiting, carried, comingBack, lost, type StateOf } from '#core/training/state.ts';
import { type FormPorts, formGang } from './form-gang.ts';
import { type LaunchPorts, launchGang } from './launch-gang.ts';

/** What acquisition needs of the world. */
export interface AcquirePorts extends FormPorts, LaunchPorts {
  readonly ids: Ids;
  /** Zones that have a subnet. */
  readonly zones: readonly string[];
}

/** A run may live for its limits, and for so long on top before its hosts shut themselves down. */
const SLACK_S = 900;

interface Gang {
  readonly state: StateOf<'acquire'>;
  readonly job: TrainJob;
  readonly control: Control;
  /** Epoch seconds at which this attempt began to look. */
  readonly sinceS: number;
}

/** Where a step of the search may lead. */
export type Acquired = StateOf<'acquire' | 'run' | 'decide' | 'release'>;

/**
 * How long one call goes on from candidate to candidate. A launch may take two minutes to answer, and must have been written
 * down before its function is cut off.
 */
const SEARCH_FOR_MS = 90_000;

export async function acquireGang(ports: AcquirePorts, state: StateOf<'acquire'>, job: TrainJob): Promise<Acquired> {
  const startedMs = ports.clock.monotonicMs();
  for (let now = state; ; ) {
    const next = await acquireOnce(ports, now, job);
    if (next.next !== 'acquire') return next;
    const isAtOnce = next.waitS === 0 && ports.clock.monotonicMs() - startedMs < SEARCH_FOR_MS;
    if (!isAtOnce) return comingBack(next, leftOf(ports, next, job), job.limits);
    now = next;
  }
}

async function acquireOnce(ports: AcquirePorts, state: StateOf<'acquire'>, job: TrainJob): Promise<Acquired> {
  const control = await ports.control.read(state.runId);
  if (control === undefined) throw new LockstepError('LS_RUN_NOT_FOUND', `run ${state.runId} has no control item`);
  refuseOthers(control, state.execution.id);
  // Stopped meanwhile, or a repetition of a step that has been done: Decide knows where to go from there.
  const isOver = control.phase !== 'ACQUIRING' || state.attempt !== control.attempt;
  if (isOver || leftOf(ports, state, job) <= 0) return decide(state);
  const sinceS = state.searchSince ?? (control.attempt === 0 ? state.queuedAt : undefined);
  if (sinceS !== undefined) return await search(ports, { state, job, control, sinceS });
  // Noted before anything is launched: a repeated launch must be the same request, to the second of its expiry.
  return { ...state, searchSince: Math.floor(ports.clock.wallMs() / 1000), waitS: 0 };
}

async function search(ports: AcquirePorts, gang: Gang): Promise<Acquired> {
  const { state, job, control, sinceS } = gang;
  const plan = planCandidates(job.gang, ports.zones);
  if (plan.candidates.length === 0) return lost(state, 'LS_JOB_IMPOSSIBLE', plan.refused.join('; '));
  if (plan.refused.length > 0) ports.log.warn('candidates left out', { runId: state.runId, reasons: plan.refused });
  const have = await observe(ports, control);
  if (control.givingBack) return await goOnGivingBack(ports, gang, have);
  const count = job.gang.hosts - have.kept.length;
  if (count <= 0) return await whole(ports, gang, []);

  const nowMs = ports.clock.wallMs();
  const current: Search = {
    candidates: beside(plan.candidates, have.kept),
    ...{ candidate: state.candidate, round: state.round, refusals: state.refusals },
    ...{ sinceMs: sinceS * 1000, deadlineMs: (sinceS + job.limits.maxQueueS) * 1000 },
    keepsHosts: have.kept.length > 0,
  };
  const cooldowns = await ports.cooldowns.read(current.candidates.map(poolOf));
  const step = nextStep(current, cooldowns, nowMs);
  if (step.do !== 'launch') return await follow(ports, gang, { step, have });

  const chosen = current.candidates[step.candidate] ?? current.candidates[0];
  if (chosen === undefined) return await follow(ports, gang, { step: { do: 'letGo' }, have });
  const launch = { ...chosen, attempt: control.attempt, count };
  if (have.orphans.length > 0 && !isAdoptable(have.orphans, launch)) return await dropOrphans(ports, gang, have);
  const { result, cooldowns: learnt } = await launchGang(ports, {
    ...launch,
    runId: state.runId,
    round: current.round,
    expiresAtS: sinceS + job.limits.maxQueueS + job.limits.maxDurationS + SLACK_S,
    cooldowns,
  });
  if (result.ok) return await whole(ports, gang, result.hosts);
  const { left = [] } = result;
  if (left.length > 0) return await giveBack(ports, gang, [...have.kept, ...left]);
  const moved = { ...current, candidate: step.candidate };
  return await follow(ports, gang, { step: afterLaunch(moved, { result, cooldowns: learnt, nowMs }), have });
}

async function observe({ fleet, leases, clock }: AcquirePorts, { runId, attempt }: Control): Promise<Holdings> {
  const hosts = await fleet.list({ runId });
  const have = holdings(hosts, await leases.leases(runId), clock.wallMs());
  if (have.lost.length > 0) await leases.release(runId, have.lost, { atMs: clock.wallMs(), attempt });
  return have;
}

async function whole(ports: AcquirePorts, gang: Gang, hosts: Holdings['kept']): Promise<Acquired> {
  const { state, job, control } = gang;
  switch (await formGang(ports, { state, job, control, hosts })) {
    case 'formed':
      return awaiting(state, leftOf(ports, state, job));
    case 'stopped':
      return decide(state);
    case 'overtaken':
      return lookAgain(gang);
  }
}

interface Following {
  readonly step: SearchOutcome;
  readonly have: Holdings;
}

async function follow(ports: AcquirePorts, gang: Gang, { step, have }: Following): Promise<Acquired> {
  const { state, sinceS } = gang;
  switch (step.do) {
    case 'run':
      return await whole(ports, gang, []);
    case 'fail':
      return lost(state, step.code, step.message);
    case 'again': {
      const { candidate, round, refusals } = step;
      const waitS = Math.min(step.waitS, Math.max(1, Math.ceil(leftOf(ports, state, gang.job))));
      return { ...state, searchSince: sinceS, candidate, round, refusals, waitS };
    }
    case 'letGo':
      return await giveBack(ports, gang, have.kept);
  }
}

/** Orphans hold what this gang may be waiting for. A new round, because their token would return them once more. */
const dropOrphans = (ports: AcquirePorts, gang: Gang, { orphans }: Holdings) => giveBack(ports, gang, orphans);

async function giveBack(ports: AcquirePorts, gang: Gang, hosts: Holdings['kept']): Promise<Acquired> {
  const { state, sinceS, control } = gang;
  const { runId, attempt } = control;
  const ids = hosts.map(({ instanceId }) => instanceId);
  // A step that the workflow has given up may come to this late: the gang may have formed with these hosts meanwhile, and
  // must not form with them after.
  const { won } = await ports.control.write(transition.giveBack(control, `give-back/${ports.ids.next()}`));
  if (!won) return lookAgain(gang);
  // Released first: what the provider then says of these hosts is of no concern to the gang.
  const ended = await ports.leases.release(runId, ids, { atMs: ports.clock.wallMs(), attempt });
  ports.log.warn('hosts given back', { runId, instanceIds: ended });
  if (ended.length > 0) await ports.fleet.terminate(ended);
  return { ...acquisition(state), searchSince: sinceS, round: state.round + 1, waitS: 1 };
}

/** Whoever comes lets go of what is left, whatever became of the step that began it; then the search goes on. */
async function goOnGivingBack(ports: AcquirePorts, gang: Gang, { kept, orphans }: Holdings): Promise<Acquired> {
  const left = [...kept, ...orphans];
  if (left.length > 0) return await giveBack(ports, gang, left);
  const { won, control } = await ports.control.write(
    transition.searchOn(gang.control, `search-on/${ports.ids.next()}`),
  );
  return won && control !== undefined ? await search(ports, { ...gang, control }) : lookAgain(gang);
}

/** Something has moved since this step looked: the next one sees where the gang is. */
const lookAgain = ({ state, sinceS }: Gang): StateOf<'acquire'> => ({ ...state, searchSince: sinceS, waitS: 1 });

/** Seconds until the run reaches its limit, whatever it waits for. */
const leftOf = ({ clock }: AcquirePorts, { queuedAt }: StateOf<'acquire'>, { limits }: TrainJob): number =>
  secondsLeft(queuedAt, limits, clock.wallMs());

const decide = (state: StateOf<'acquire'>): StateOf<'decide'> => ({ ...carried(state), next: 'decide', waitS: 0 });
