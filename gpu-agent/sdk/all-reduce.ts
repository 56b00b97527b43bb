import { LockstepError } from '#core/errors.ts';
import { type ReduceOp, ringAllReduce } from './ring.ts';
import { joinRing, type RingPlace } from './ring-join.ts';
import type { RingLinks } from './ring-links.ts';

export interface AllReducer {
  /** Waits at most `timeoutMs` for the peers; calls queue up in the order they are made. */
  reduce(values: Float32Array, op: ReduceOp, timeoutMs: number): Promise<Float32Array>;
  /** Makes a call in progress, and every later one, reject. */
  fail(error: Error): void;
  close(): void;
}

/** allReduce of one task: the ring is joined at the first call and used by all later ones. */
export function allReducer(place: RingPlace): AllReducer {
  const worldSize = place.addresses.length;
  let joined: Promise<RingLinks> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let sequence = 0;

  const fail = (error: Error) => {
    joined ??= Promise.reject(error);
    joined.then((links) => links.fail(error)).catch(() => {});
  };
  const once = async (values: Float32Array, op: ReduceOp, timeoutMs: number) => {
    joined ??= joinRing(place);
    const call = { rank: place.rank, worldSize, links: await joined, sequence: sequence++ };
    const timer = setTimeout(() => call.links.fail(tooLate(call.sequence, timeoutMs)), timeoutMs);
    try {
      return await ringAllReduce(values, op, call);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    reduce(values, op, timeoutMs) {
      if (worldSize === 1) return Promise.resolve(values.slice());
      const turn = last.then(() => once(values, op, timeoutMs));
      last = turn.catch(() => {});
      return turn;
    },
    fail,
    close() {
      joined?.then((links) => links.close()).catch(() => {});
    },
  };
}

const tooLate = (sequence: number, timeoutMs: number) =>
  new LockstepError('LS_BARRIER_TIMEOUT', `allReduce ${sequence} was not complete within ${timeoutMs} ms`, {
    remedy: 'Read the logs of the other ranks: one of them is slow, or did not make this call.',
  });
