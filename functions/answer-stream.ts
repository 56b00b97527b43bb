import type { StreamJob } from '#core/job/job.ts';
import type { PartialBatchResponse } from '#core/stream/partial-response.ts';
import { answerEvent } from '#flows/stream/answer-event.ts';
import type { StreamPorts } from '#flows/stream/ports.ts';
import type { StreamEvent } from '#formats/stream/events.ts';
import { processors } from './processors.ts';
import { streamRuntime } from './stream-runtime.ts';

/** What is kept back to commit a batch that has begun. */
const RESERVE_MS = 5_000;

export interface AnswerStreamPorts extends StreamPorts {
  readonly job: () => Promise<StreamJob>;
}

/** Answers the records that a queue or a shard hands over, and names those that must come again. */
export async function answerStream(
  ports: AnswerStreamPorts,
  event: StreamEvent,
  remainingMs: () => number,
): Promise<PartialBatchResponse> {
  const job = await ports.job();
  // Whoever is cut off has lost its records when its time is over, and not before.
  const claimMs = remainingMs() + RESERVE_MS;
  const hasTime = () => remainingMs() > RESERVE_MS;
  return await answerEvent(ports, { job, processors: processors(), claimMs, hasTime }, event);
}

export const handler = (event: StreamEvent, context: { getRemainingTimeInMillis(): number }) =>
  answerStream(streamRuntime, event, () => context.getRemainingTimeInMillis());
