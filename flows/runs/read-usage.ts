import { runObjects } from '#core/objects/addresses.ts';
import type { UsageLog } from '#core/resources/usage.ts';
import { readJson } from '#formats/json/json-object.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import type { RunPorts } from './ports.ts';

const LOGS_AT_ONCE = 16;

/**
 * What the hosts of a training run used, a record for each host and attempt, attempt by attempt; the last minutes of a run
 * in progress lag. `known` holds records that were read before, by address and etag: those are not read again.
 */
export async function readUsage(
  { objects, bucket }: Pick<RunPorts, 'objects' | 'bucket'>,
  runId: string,
  known: Map<string, UsageLog> = new Map(),
): Promise<readonly UsageLog[]> {
  const heads = objects.list(runObjects({ bucket, runId }).usageLogs);
  const logs: UsageLog[] = [];
  const read = async ({ uri, etag }: { readonly uri: string; readonly etag: string }) => {
    const version = `${uri} ${etag}`;
    const log = known.get(version) ?? (await readJson<UsageLog>(objects, uri)).value;
    return { version, log };
  };
  const found = new Map<string, UsageLog>();
  for await (const { version, log } of ordered(heads, LOGS_AT_ONCE, read)) {
    found.set(version, log);
    logs.push(log);
  }
  known.clear();
  for (const [version, log] of found) known.set(version, log);
  // Keys are in the order of their letters, in which 10 comes before 2.
  return logs.toSorted((a, b) => a.attempt - b.attempt || a.instanceId.localeCompare(b.instanceId));
}
