import { type PartialBatchResponse, queueResponse, shardResponse } from '#core/stream/partial-response.ts';
import { comesAgain } from '#core/stream/record.ts';
import { isOfShard, recordsOf, type StreamEvent } from '#formats/stream/events.ts';
import { answerRecords } from './answer-records.ts';
import type { RunningStream, StreamPorts } from './ports.ts';

/** Answers what a queue or a shard has handed over, and says what of it must come again. */
export async function answerEvent(
  ports: StreamPorts,
  stream: RunningStream,
  event: StreamEvent,
): Promise<PartialBatchResponse> {
  const records = recordsOf(event);
  const fates = await answerRecords(ports, stream, records);
  const counts: Record<string, number> = {};
  const delivered = records.map(({ id, group }, at) => {
    const fate = fates[at] ?? { state: 'behind' };
    counts[fate.state] = (counts[fate.state] ?? 0) + 1;
    return { id, group, again: comesAgain(fate) };
  });
  ports.log.info('delivery answered', { stream: stream.job.name, ...counts });
  return event.Records.some(isOfShard) ? shardResponse(delivered) : queueResponse(delivered);
}
