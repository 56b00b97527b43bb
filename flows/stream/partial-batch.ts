import { type PartialBatchResponse, queueResponse } from '#core/stream/partial-response.ts';
import type { Log } from '#core/system/ports.ts';

/** A message of a queue as Lambda hands it over. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
}

/** Handles each message by itself: one that fails is reported as failed, and keeps none of the others. */
export async function partialBatch(
  records: readonly QueueRecord[],
  handle: (body: string) => Promise<void>,
  log: Log,
): Promise<PartialBatchResponse> {
  const delivered = await Promise.all(
    records.map(async ({ messageId, body }) => {
      try {
        await handle(body);
        return { id: messageId, again: false };
      } catch (error) {
        log.error('message failed', { messageId, error: String(error) });
        return { id: messageId, again: true };
      }
    }),
  );
  return queueResponse(delivered);
}
