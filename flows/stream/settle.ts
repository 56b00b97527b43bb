/** How the claim on a record ends: with an answer, as a dead letter, or given up so that the record comes again. */

import { STREAM_LOG } from '#core/names.ts';
import { deadLetter } from '#core/stream/dead-letter.ts';
import { isOfRecord } from '#core/stream/failure.ts';
import type { Fates } from '#core/stream/fates.ts';
import type { Holding } from '#core/stream/ports.ts';
import type { RecordFailure, StreamRecord } from '#core/stream/record.ts';
import type { RecordAnswer, RunningStream, StreamPorts } from './ports.ts';

export interface Settling {
  readonly ports: StreamPorts;
  readonly stream: RunningStream;
  readonly fates: Fates;
}

/** A record that is ours for now. */
export interface Claimed {
  readonly record: StreamRecord;
  readonly holding: Holding;
  /** Which attempt this is, by those that were counted and by its service. */
  readonly attempt: number;
}

export interface Answered {
  readonly claimed: Claimed;
  readonly answer: RecordAnswer;
}

/**
 * Makes answers visible: written first, then the claims of all are finished at once, with where they were written as the
 * outcome. One whose claim somebody else has meanwhile is left out, and the others are written anew.
 */
export async function settleAnswers(settling: Settling, answered: readonly Answered[]): Promise<void> {
  const { ports, fates } = settling;
  const { answers, recordClaims, log } = ports;
  let rest = await inOrder(settling, answered);
  try {
    while (rest.length > 0) {
      const outcome = await answers.stage(rest.map(({ answer }) => answer));
      const lost = new Set(
        await recordClaims.finish(
          rest.map(({ claimed }) => claimed.holding),
          outcome,
        ),
      );
      if (lost.size === 0) {
        await answers.publish(outcome);
        for (const { claimed, answer } of rest) fates.end(claimed.record, { state: 'answered', rows: answer.rows });
        return;
      }
      const isLost = ({ claimed }: Answered) => lost.has(claimed.holding.key);
      for (const { claimed } of rest.filter(isLost)) {
        log.warn('somebody else took the record over', { record: claimed.record.sourceId });
        fates.end(claimed.record, { state: 'held' });
      }
      rest = await inOrder(
        settling,
        rest.filter((one) => !isLost(one)),
      );
    }
  } catch (error) {
    // Whatever a store says here, it is not about the record.
    const failure: RecordFailure = { code: 'LS_UNAVAILABLE', class: 'infrastructure', message: String(error) };
    for (const { claimed } of rest) await settleFailure(settling, claimed, failure);
  }
}

/** Without those that must wait for one before them. */
async function inOrder(settling: Settling, answered: readonly Answered[]): Promise<readonly Answered[]> {
  const free: Answered[] = [];
  for (const one of answered) {
    if (settling.fates.isBehind(one.claimed.record)) await settleBehind(settling, one.claimed);
    else free.push(one);
  }
  return free;
}

/** Sets a record aside that failed as often as it may, and else gives it up: it comes again. */
export async function settleFailure(settling: Settling, claimed: Claimed, failure: RecordFailure): Promise<void> {
  const { ports, stream, fates } = settling;
  const { record, holding, attempt } = claimed;
  if (fates.isBehind(record)) return await settleBehind(settling, claimed);
  const counts = isOfRecord(failure);
  ports.log.warn('record failed', { record: record.sourceId, attempt, ...reasonOf(failure) });
  try {
    if (counts && attempt >= stream.job.limits.receives) return await setAside(settling, claimed, failure);
    await ports.recordClaims.giveUp(holding, counts);
  } catch (error) {
    // Nothing is lost: the claim runs out, or was finished and is found so.
    ports.log.error('claim not ended', { record: record.sourceId, error: String(error) });
  }
  fates.end(record, { state: 'failed', failure });
}

async function setAside({ ports, stream, fates }: Settling, claimed: Claimed, failure: RecordFailure): Promise<void> {
  const { answers, recordClaims, clock, log } = ports;
  const { record, holding, attempt } = claimed;
  const at = new Date(clock.wallMs()).toISOString();
  const outcome = await answers.stageDead(deadLetter({ stream: stream.job.name, record, failure, attempt, at }));
  const lost = await recordClaims.finish([holding], outcome);
  if (lost.length > 0) return fates.end(record, { state: 'held' });
  await answers.publish(outcome);
  log.error(STREAM_LOG.setAside, { record: record.sourceId, attempt, ...reasonOf(failure) });
  fates.end(record, { state: 'dead', failure });
}

/** Gives up a record that waits for one before it, as if it had not been tried. */
export async function settleBehind({ ports, fates }: Settling, { record, holding }: Claimed): Promise<void> {
  // Where that fails, the claim runs out.
  await ports.recordClaims.giveUp(holding, false).catch(() => {});
  fates.end(record, { state: 'behind' });
}

/** For the log, whose lines have a message of their own. */
const reasonOf = ({ message: reason, ...failure }: RecordFailure) => ({ ...failure, reason });
