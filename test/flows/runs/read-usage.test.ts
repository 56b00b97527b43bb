import { expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { UsageLog } from '#core/resources/usage.ts';
import { readUsage } from '#flows/runs/read-usage.ts';
import { jsonBytes } from '#formats/json/json-object.ts';

const at = runObjects({ bucket: 'data', runId: 'r' });
const record = (attempt: number, instanceId: string, processors: number): UsageLog => ({
  ...{ version: 1, attempt, instanceId, processors: 4, memoryBytes: 1 },
  samples: [{ at: 1, processors, memoryBytes: 1, accelerators: [] }],
});

it('reads the records attempt by attempt, by number, and only those that are new', async () => {
  const stored = memoryObjects();
  let gets = 0;
  const objects: Objects = {
    ...stored,
    get(uri, range) {
      gets += 1;
      return stored.get(uri, range);
    },
  };
  const put = (log: UsageLog) => objects.put(at.usageLog(log.attempt, log.instanceId), jsonBytes(log));
  await put(record(10, 'i-1', 1));
  await put(record(2, 'i-2', 1));
  await put(record(2, 'i-1', 1));
  const known = new Map<string, UsageLog>();
  const read = async () =>
    (await readUsage({ objects, bucket: 'data' }, 'r', known)).map((log) => [
      ...[log.attempt, log.instanceId, log.samples[0]?.processors],
    ]);
  expect(await read()).toEqual([
    [2, 'i-1', 1],
    [2, 'i-2', 1],
    [10, 'i-1', 1],
  ]);
  await put(record(2, 'i-2', 3));
  gets = 0;
  expect((await read())[1]).toEqual([2, 'i-2', 3]);
  expect(gets).toBe(1);
  expect(known.size).toBe(3);
});
