import { refuseOthers } from '#core/gang/owner.ts';
import { isTerminal } from '#core/gang/phases.ts';
import type { ControlStore, GangQueue } from '#core/gang/ports.ts';
import { isNext } from '#core/gang/queue/admission.ts';
import { entryOf, LOCK_S, queueLimit } from '#core/gang/queue/admit.ts';
import type { QueueEntry } from '#core/gang/queue/entry.ts';
import type { Control } from '#core/gang/records.ts';
import { transition } from '#core/gang/transitions.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Clock, Ids } from '#core/system/ports.ts';
import type { Carried } from '#core/training/state.ts';

/** What admission needs of the world. */
export interface AdmissionPorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly control: ControlStore;
  readonly queue: GangQueue;
}

/** `wait`: not yet. `over`: the gang is past waiting, for the reason that its control item holds. */
export type Admission = 'acquire' | 'wait' | 'over';

/**
 * Lets a gang go shopping when it is its turn and nobody else shops in the same pools. Asked again it renews its place
 * in the queue and its locks. The locks only keep gangs from crowding: no gang ever holds part of what it needs.
 */
export async function seekAdmission(ports: AdmissionPorts, state: Carried, job: TrainJob): Promise<Admission> {
  const { control, queue, ids } = ports;
  const { runId } = state;
  const item = await control.read(runId);
  if (item !== undefined) refuseOthers(item, state.execution.id);
  if (item === undefined || !isWaiting(item)) return 'over';
  const nowS = Math.floor(ports.clock.wallMs() / 1000);
  const entry = entryOf(state, job, nowS);
  const limit = queueLimit(job, entry);
  if (limit !== undefined) {
    await control.write(transition.stop(item, `admission/${ids.next()}`, limit));
    return 'over';
  }
  const isTurn = await takeTurn(queue, entry, nowS);
  if (isTurn && item.phase === 'QUEUED') await control.write(transition.admit(item, `admission/${ids.next()}`));
  // The gang may have formed or ended meanwhile: what was put and taken for it is then in the way of others.
  const now = await control.read(runId);
  if (now !== undefined && isWaiting(now)) return isTurn ? 'acquire' : 'wait';
  for (const pool of entry.instanceTypes) await queue.unlock(pool, runId);
  if (now === undefined || isTerminal(now.phase)) await queue.remove(runId);
  return 'over';
}

const isWaiting = ({ phase }: Control): boolean => phase === 'QUEUED' || phase === 'ACQUIRING';

/** True if the gang is the next, and has all its pools to itself. */
async function takeTurn(queue: GangQueue, entry: QueueEntry, nowS: number): Promise<boolean> {
  const { runId, instanceTypes } = entry;
  await queue.put(entry);
  if (!isNext(await queue.list(), runId, nowS)) return false;
  return await lockAll(queue, instanceTypes, { runId, nowS, ttlS: LOCK_S });
}

/** All pools or none; in the order of their names, so that two gangs cannot hold what the other needs. */
async function lockAll(
  queue: GangQueue,
  pools: readonly string[],
  want: Parameters<GangQueue['lock']>[1],
): Promise<boolean> {
  for (const [index, pool] of pools.entries()) {
    const lock = await queue.lock(pool, want);
    if (lock.runId === want.runId) continue;
    for (const taken of pools.slice(0, index)) await queue.unlock(taken, want.runId);
    return false;
  }
  return true;
}
