/**
 * Which messages of a batch a function wants to see again, by the rules of ReportBatchItemFailures: an absent or empty
 * list means none; a list that is malformed or names a message that was not in the batch means all of them.
 */
export function failedMessages(response: unknown, messageIds: readonly string[]): ReadonlySet<string> {
  const all = new Set(messageIds);
  if (response === null || response === undefined) return new Set();
  if (typeof response !== 'object') return all;
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return all;
  const ids = failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  return ids.every((id) => typeof id === 'string' && all.has(id)) ? new Set(ids as string[]) : all;
}
