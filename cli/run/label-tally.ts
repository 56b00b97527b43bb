import type { RecordBatch } from 'apache-arrow';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import type { InferenceManifest } from '#core/inference/manifest.ts';
import { openCommitted } from '#flows/inference/read-committed.ts';
import type { Cloud } from '../cloud/cloud.ts';

/** How often each label was predicted. */
export interface LabelTally {
  /** The most frequent first. */
  readonly labels: readonly (readonly [label: string, rows: number])[];
  /** Rows whose label is not among them. */
  readonly others: number;
}

const SHOWN = 20;
const DISTINCT_MAX = 10_000;
/** Predictions are read again for it, and a report must not take longer than the run. */
const SIZE_BYTES_MAX = 128 * 2 ** 20;

/** Why there is no tally. */
export interface NoTally {
  readonly reason: string;
}

/** Counts the labels of a committed run; undefined where its predictions have none. */
export async function tallyLabels(
  { objects }: Pick<Cloud, 'objects'>,
  manifest: InferenceManifest,
  as: string,
): Promise<LabelTally | NoTally | undefined> {
  const { sizeBytes } = manifest.totals;
  if (sizeBytes > SIZE_BYTES_MAX) return { reason: 'the predictions are more than 128 MiB' };
  return await tally(openCommitted({ objects, parquet: workerDecoder() }, manifest), as);
}

export async function tally(
  batches: AsyncIterable<RecordBatch> | Iterable<RecordBatch>,
  as: string,
): Promise<LabelTally | NoTally | undefined> {
  const counts = new Map<string, number>();
  for await (const batch of batches) {
    const labels = batch.getChild(as)?.getChild('label');
    if (labels === null || labels === undefined) return undefined;
    for (const label of labels) {
      const name = label === null ? 'null' : String(label);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    if (counts.size > DISTINCT_MAX)
      return { reason: `there are more than ${DISTINCT_MAX.toLocaleString('en')} labels` };
  }
  const sorted = [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const others = sorted.slice(SHOWN).reduce((sum, [, rows]) => sum + rows, 0);
  return { labels: sorted.slice(0, SHOWN), others };
}
