/** Rows that cannot be predicted among others, and a model that fails on some. */
import { Float32, type RecordBatch, Table, Utf8, vectorFromArray } from 'apache-arrow';
import type { InferenceState } from '#core/inference/state.ts';
import type { InferJob } from '#core/job/job.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { encodeModel } from '#formats/onnx/model-writer.ts';
import { commitInference } from '../../../functions/commit-inference.ts';
import { inferOne } from '../../../functions/infer-partition.ts';
import { planInference } from '../../../functions/plan-inference.ts';
import { type newWorld, unhurried } from './world.ts';

/** Looks the whole number `k` up: ten times it for 0 to 8, NaN for 9, and the model fails on anything above. */
export const lookup = (): Uint8Array =>
  encodeModel({
    inputs: [{ name: 'k', dims: ['N', 1] }],
    outputs: [{ name: 'tenfold', dims: ['N', 1] }],
    constants: [
      { name: 'table', dims: [10], data: Float32Array.from({ length: 10 }, (_, i) => (i === 9 ? Number.NaN : 10 * i)) },
    ],
    nodes: [
      { op: 'Cast', inputs: ['k'], outputs: ['index'], attributes: { to: 7 } },
      { op: 'Gather', inputs: ['table', 'index'], outputs: ['tenfold'] },
    ],
  });

export const NAN = 9;
export const OUTSIDE = 99;

/** `id`, numbered through from `first`, `word` and the nullable `k`. */
export const rowsOf = (ks: readonly (number | null)[], first = 0): RecordBatch => {
  const ids = ks.map((_, i) => first + i);
  const columns = {
    id: vectorFromArray(Int32Array.from(ids)),
    word: vectorFromArray(
      ids.map((id) => (id % 4 === 0 ? null : `word ${id}`)),
      new Utf8(),
    ),
    k: vectorFromArray(ks, new Float32()),
  };
  return new Table(columns).batches[0] as RecordBatch;
};

type World = ReturnType<typeof newWorld>;

export async function runJob(world: World, job: InferJob, runId = 'r1') {
  const planned = (await planInference(await world.started(runId, job), world.ports)) as InferenceState;
  for (const task of await world.items(runId)) await inferOne(world.ports, task, unhurried);
  const { manifestUri } = await commitInference(planned, world.ports);
  const { manifest, batches } = await readCommitted(world, manifestUri as string);
  return { manifest, rows: await rowsIn(batches()) };
}

export async function rowsIn(batches: AsyncIterable<RecordBatch>): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const batch of batches) for (const row of batch) rows.push(plain(row?.toJSON() ?? {}));
  return rows;
}

/** Structs as plain objects. */
const plain = (row: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, (value as { toJSON?(): unknown } | null)?.toJSON?.() ?? value]),
  );
