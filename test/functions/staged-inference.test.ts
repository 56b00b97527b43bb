import { afterEach, beforeEach, expect, it } from 'vitest';
import { memoryWarehouse, type ScriptedQuery } from '#adapters/memory/memory-warehouse.ts';
import type { InferenceState } from '#core/inference/state.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { stageInput } from '#flows/inference/stage-input.ts';
import { encodeModel } from '#formats/onnx/model-writer.ts';
import { commitInference } from '../../functions/commit-inference.ts';
import { inferOne } from '../../functions/infer-partition.ts';
import { planInference } from '../../functions/plan-inference.ts';
import { parquetOfIds } from '../fixtures/small-table.ts';
import { BUCKET, MODEL_URI, newJob, newWorld, unhurried } from '../flows/inference/world.ts';

let world: ReturnType<typeof newWorld>;
let nowMs: number;
beforeEach(async () => {
  world = newWorld();
  nowMs = 0;
  await world.objects.put(MODEL_URI, twice());
});
afterEach(() => world.close());

/** y = 2 · id */
const twice = (): Uint8Array =>
  encodeModel({
    inputs: [{ name: 'id', dims: ['N', 1] }],
    outputs: [{ name: 'y', dims: ['N', 1] }],
    constants: [
      { name: 'w', dims: [1, 1], data: Float32Array.of(2) },
      { name: 'b', dims: [1], data: Float32Array.of(0) },
    ],
    nodes: [{ op: 'Gemm', inputs: ['id', 'w', 'b'], outputs: ['y'] }],
  });

const job = newJob({
  ...{ input: [], sql: { database: 'd', query: 'select' } },
  predict: { kind: 'onnx', as: 'prediction', softmax: false, outputs: { y: 'y' } },
});

/** Plan and Stage, as the workflow goes from one to the other: to a plan, or to the next wait. */
function workflow(script: ScriptedQuery) {
  const warehouse = memoryWarehouse(world.objects, { select: script });
  const starts: string[] = [];
  const ports = {
    ...world.ports,
    clock: {
      ...world.clock,
      monotonicMs: () => nowMs,
      async sleep(ms: number) {
        nowMs += ms;
      },
    },
    warehouse: {
      ...warehouse,
      async start(query: Parameters<typeof warehouse.start>[0]) {
        starts.push(query.outputUri);
        return await warehouse.start(query);
      },
    },
  };
  return {
    starts,
    plan: async (state: InferenceState, execution = 'one') =>
      (await planInference({ input: state, execution }, ports)) as InferenceState,
    stage: (state: InferenceState, execution = 'one') => stageInput(ports, { input: state, execution }),
  };
}

const files = (...rows: number[]) => rows.map((count) => Buffer.from(parquetOfIds(count)));

it('predicts what the query of the job gives, once all of it is there', async () => {
  const { plan, stage } = workflow({ polls: 60, outcome: { files: files(3, 2) } });
  const asked = await plan(await world.start('r1', job));
  expect(asked).toMatchObject({ staging: { waitS: 0 } });
  expect(asked.planUri).toBeUndefined();
  const waiting = await stage(asked);
  expect(waiting.staging).toMatchObject({ queryId: 'query-0', waitS: 5 });
  const staged = await stage(waiting);
  expect(staged.staging).toBeUndefined();
  const planned = await plan(staged);
  for (const item of await world.items('r1')) {
    await inferOne(world.ports, { ...item, round: planned.round as string }, unhurried);
  }
  const committed = await commitInference(planned, world.ports);
  const { manifest, batches } = await readCommitted(world, committed.manifestUri as string);
  const rows: unknown[] = [];
  for await (const batch of batches()) for (const row of batch) rows.push([row?.id, row?.prediction.y]);
  expect(rows).toEqual([0, 1, 2, 0, 1].map((id) => [id, 2 * id]));
  expect(manifest.query).toEqual({ database: 'd', query: 'select' });
});

it('has the model looked for before the query costs anything', async () => {
  await world.objects.delete([MODEL_URI]);
  const { plan, starts } = workflow({ outcome: { files: files(1) } });
  await expect(plan(await world.start('r1', job))).rejects.toMatchObject({ code: 'LS_MODEL_UNREADABLE' });
  expect(starts).toEqual([]);
});

it('starts one query an execution, however often Stage is repeated, and none where rows are there', async () => {
  const { plan, stage, starts } = workflow({ outcome: { files: files(4) } });
  const asked = await plan(await world.start('r1', job));
  await stage(asked);
  const staged = await stage(asked);
  expect(new Set(starts).size).toBe(1);
  const planned = await plan(staged, 'another');
  expect(planned.partitions).toBe(1);
});

it('does not mix the rows of a query that failed with those of the one that a resumed run starts', async () => {
  const failing = workflow({ outcome: { failed: 'line 1:8: no such column' } });
  const asked = await failing.plan(await world.start('r1', job));
  await expect(failing.stage(asked)).rejects.toMatchObject({
    code: 'LS_QUERY_FAILED',
    message: expect.stringContaining('no such column'),
  });
  await world.objects.put(`${failing.starts[0]}part-9`, files(7)[0] as Uint8Array);
  const again = workflow({ outcome: { files: files(2) } });
  await again.stage(await again.plan({ runId: asked.runId, jobUri: asked.jobUri }, 'two'), 'two');
  const planned = await again.plan({ runId: asked.runId, jobUri: asked.jobUri }, 'two');
  expect(planned.partitions).toBe(1);
  expect(again.starts[0]).not.toBe(failing.starts[0]);
  expect(await world.keys('runs/r1/items.json')).toHaveLength(1);
  const { bytes } = await world.objects.get(`s3://${BUCKET}/runs/r1/plan.json`);
  const { inputs } = JSON.parse(new TextDecoder().decode(bytes));
  expect(inputs).toMatchObject([{ uri: `${again.starts[0]}part-0` }]);
});

it('refuses a query without rows', async () => {
  const { plan, stage } = workflow({ outcome: { files: [] } });
  await expect(stage(await plan(await world.start('r1', job)))).rejects.toMatchObject({
    code: 'LS_DATA_EMPTY',
    message: expect.stringContaining('select'),
  });
});
