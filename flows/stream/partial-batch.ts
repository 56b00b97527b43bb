import type { Log } from '#core/system/ports.ts';

/** A message of a queue as Lambda hands it over. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
}

/** Names the messages that must come again; all others are done. */
export interface PartialBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Handles each message by itself: one that fails is reported as failed, and keeps none of the others. */
export async function partialBatch(
  records: readonly QueueRecord[],
  handle: (body: string) => Promise<void>,
  log: Log,
): Promise<PartialBatchResponse> {
  const failures = await Promise.all(
    records.map(async ({ messageId, body }) => {
      try {
        await handle(body);
        return undefined;
      } catch (error) {
        log.error('message failed', { messageId, error: String(error) });
        return { itemIdentifier: messageId };
      }
    }),
  );
  return { batchItemFailures: failures.filter((failure) => failure !== undefined) };
}
