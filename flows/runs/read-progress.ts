import { runObjects } from '#core/objects/addresses.ts';
import type { Progress, ProgressLog } from '#core/training/progress.ts';
import { readJson } from '#formats/json/json-object.ts';
import type { RunPorts } from './ports.ts';

/** Everything that rank 0 has reported, attempt by attempt and oldest first; the last seconds of a run in progress lag. */
export async function readProgress(
  { objects, bucket }: Pick<RunPorts, 'objects' | 'bucket'>,
  runId: string,
): Promise<readonly Progress[]> {
  const logs: ProgressLog[] = [];
  for await (const { uri } of objects.list(runObjects({ bucket, runId }).progressLogs)) {
    logs.push((await readJson<ProgressLog>(objects, uri)).value);
  }
  // Keys are in the order of their letters, in which 10 comes before 2.
  return logs.toSorted((a, b) => a.attempt - b.attempt).flatMap(({ reports }) => reports);
}
