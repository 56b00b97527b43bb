import { LockstepError } from '#core/errors.ts';
import {
  type Choice,
  type ClaimWatch,
  choose,
  givenBack,
  type PartitionClaim,
  RENEW_MS,
  renewed,
  TRIES_MAX,
  taken,
  takenOver,
  watched,
} from '#core/inference/claims.ts';
import type { ClaimStore, CrewAttempt } from '#core/inference/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';

export interface ClaimPorts {
  readonly claims: ClaimStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** One that works on a partition at a time: a process of a host. */
export interface Worker {
  readonly at: CrewAttempt;
  /** Names it, and no other that works or has worked for this crew. */
  readonly owner: string;
  /** Predicts and commits what is at a place of the list, or rejects with the reason. The signal ends it at once. */
  predict(place: number, signal: AbortSignal): Promise<void>;
  /** Tells that the run cannot come to its end: a partition fails, or was begun too often. */
  fail(place: number, error: unknown): Promise<void>;
}

export interface WorkSignals {
  /** Begin with nothing more; what is in work goes on. */
  readonly drain: AbortSignal;
  /** End what is in work, too, and give it back. */
  readonly stop: AbortSignal;
}

const PAUSE_MS = { begin: 250, wait: 1_000, unavailable: 1_000 };

/** Claims and predicts one partition after the other, until there is no work left, the run fails or a signal ends it. */
export async function workClaims(ports: ClaimPorts, worker: Worker, signals: WorkSignals): Promise<void> {
  const { clock, log } = ports;
  const any = AbortSignal.any([signals.drain, signals.stop]);
  const pause = (ms: number) => clock.sleep(ms, any).catch(() => {});
  let watch: ClaimWatch = new Map();
  while (!any.aborted) {
    try {
      const board = await ports.claims.board(worker.at, any);
      if (board === undefined) {
        await pause(PAUSE_MS.begin);
        continue;
      }
      const nowMs = clock.monotonicMs();
      watch = watched(watch, board, nowMs);
      const next = await follow(ports, worker, {
        choice: choose(board, watch, { owner: worker.owner, nowMs }),
        signals,
      });
      if (next === 'leave') return;
      if (next === 'wait') await pause(PAUSE_MS.wait);
    } catch (error) {
      if (any.aborted) return;
      if (!(error instanceof LockstepError) || !error.retryable) throw error;
      log.warn('claims cannot be reached', { error: error.message });
      await pause(PAUSE_MS.unavailable);
    }
  }
}

interface Following {
  readonly choice: Choice;
  readonly signals: WorkSignals;
}

async function follow(
  ports: ClaimPorts,
  worker: Worker,
  { choice, signals }: Following,
): Promise<'again' | 'wait' | 'leave'> {
  const { claims } = ports;
  switch (choice.do) {
    case 'leave':
    case 'wait':
      return choice.do;
    case 'giveUp':
      await worker.fail(choice.claim.place, begunTooOften(choice.claim));
      return 'leave';
    case 'work':
      return await work(ports, worker, { claim: choice.claim, signals });
    case 'take': {
      const claim = taken(choice.place, worker.owner);
      return (await claims.take(worker.at, claim)) ? await work(ports, worker, { claim, signals }) : 'again';
    }
    case 'takeOver': {
      const claim = takenOver(choice.claim, worker.owner);
      const isMine = await claims.replace(worker.at, choice.claim, claim);
      return isMine ? await work(ports, worker, { claim, signals }) : 'again';
    }
  }
}

interface Held {
  readonly claim: PartitionClaim;
  readonly signals: WorkSignals;
}

async function work(ports: ClaimPorts, worker: Worker, { claim, signals }: Held): Promise<'again' | 'leave'> {
  const { claims, log } = ports;
  const { at } = worker;
  const renewal = renew(ports, worker, claim);
  const { place } = claim;
  try {
    await worker.predict(place, AbortSignal.any([signals.stop, renewal.lost]));
    await claims.remove(at, await renewal.end());
    return 'again';
  } catch (error) {
    const last = await renewal.end();
    if (renewal.lost.aborted) {
      log.warn('somebody else works on it now', { place });
      return 'again';
    }
    const isStopped = signals.stop.aborted;
    if (!isStopped && (!isPassing(error) || last.tries >= TRIES_MAX)) {
      await worker.fail(place, error);
      return 'leave';
    }
    log.warn('given back', { place, tries: last.tries, error: String(error) });
    await claims.replace(at, last, givenBack(last, !isStopped));
    return 'again';
  }
}

/** What another try may cure; anything else fails the run, as it does in a Distributed Map. */
const isPassing = (error: unknown): boolean => error instanceof LockstepError && error.retryable;

const begunTooOften = ({ place, tries }: PartitionClaim): LockstepError =>
  new LockstepError('LS_RUN_INCOMPLETE', `work on place ${place} began ${tries} times, and nobody came to its end`);

interface Renewal {
  /** Aborted once the claim is in other hands. */
  readonly lost: AbortSignal;
  /** Ends it, and answers with the claim as it was renewed last. */
  end(): Promise<PartitionClaim>;
}

function renew({ claims, clock, log }: ClaimPorts, { at, owner }: Worker, first: PartitionClaim): Renewal {
  const lost = new AbortController();
  const ended = new AbortController();
  let claim = first;
  const isMine = async (): Promise<boolean> => {
    const after = renewed(claim);
    if (await claims.replace(at, claim, after)) {
      claim = after;
      return true;
    }
    // The answer to an earlier write may have been lost: what counts is whose it is.
    const there = (await claims.board(at))?.claims.find((one) => one.place === claim.place);
    if (there?.owner !== owner || there.fence !== claim.fence) return false;
    claim = there;
    return true;
  };
  const loop = async () => {
    for (;;) {
      await clock.sleep(RENEW_MS, ended.signal).catch(() => {});
      if (ended.signal.aborted) return;
      try {
        if (await isMine()) continue;
        return lost.abort();
      } catch (error) {
        log.warn('a claim was not renewed', { place: claim.place, error: String(error) });
      }
    }
  };
  const running = loop();
  return {
    lost: lost.signal,
    async end() {
      ended.abort();
      await running;
      return claim;
    },
  };
}
