/**
 * allReduce over a ring of TCP connections: rank r sends to r+1 and receives from r-1.
 *
 * The array is cut into one chunk a rank. In worldSize-1 steps every chunk travels once around the ring and collects a
 * sum, in worldSize-1 more the finished chunks travel around again. Chunk c is summed by rank order c, c+1, …, so for
 * one world size the additions happen in one order and the result is the same to the last bit on every rank and run.
 */
import { LockstepError } from '#core/errors.ts';
import type { RingLinks } from './ring-links.ts';

export type ReduceOp = 'sum' | 'mean';

export interface RingCall {
  readonly rank: number;
  readonly worldSize: number;
  readonly links: RingLinks;
  /** Counts the calls of this rank; peers that are in another call are told apart by it. */
  readonly sequence: number;
}

/** Sums (or averages) the arrays of all ranks element by element; the argument is left as it is. */
export async function ringAllReduce(values: Float32Array, op: ReduceOp, call: RingCall): Promise<Float32Array> {
  const { rank, worldSize } = call;
  const result = values.slice();
  const chunk = (index: number) => {
    const at = ((index % worldSize) + worldSize) % worldSize;
    const bound = (n: number) => Math.floor((n * result.length) / worldSize);
    return result.subarray(bound(at), bound(at + 1));
  };
  for (let step = 0; step < worldSize - 1; step++) {
    const received = await exchange(call, step, chunk(rank - step), chunk(rank - step - 1).length);
    const mine = chunk(rank - step - 1);
    for (let i = 0; i < mine.length; i++) mine[i] = (received[i] as number) + (mine[i] as number);
  }
  for (let step = 0; step < worldSize - 1; step++) {
    const target = chunk(rank - step);
    target.set(await exchange(call, worldSize - 1 + step, chunk(rank + 1 - step), target.length));
  }
  if (op === 'mean') for (let i = 0; i < result.length; i++) result[i] = (result[i] as number) / worldSize;
  return result;
}

/** Sends one chunk to the next rank while the previous one's arrives. */
async function exchange(call: RingCall, step: number, chunk: Float32Array, expected: number): Promise<Float32Array> {
  const header = { sequence: call.sequence, step };
  const [frame] = await Promise.all([call.links.receive(header), call.links.send(header, chunk)]);
  if (frame.length !== expected) {
    const previous = (call.rank + call.worldSize - 1) % call.worldSize;
    throw new LockstepError(
      'LS_BARRIER_MISMATCH',
      `allReduce ${call.sequence}: rank ${previous} sent ${frame.length} numbers, rank ${call.rank} expected ${expected}`,
      { remedy: 'Call allReduce with arrays of one length on every rank.' },
    );
  }
  return frame;
}
