import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { OBJECTS } from '#core/names.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Published, TrainManifest } from '#core/training/published.ts';
import type { TaskResult } from '#core/training/task-result.ts';
import { publishResult } from '#flows/training/publish-result.ts';
import { AT, document, errorOf, RUN, trainingWorld, uri } from './training-world.ts';

const MODEL = 'onnx bytes';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const DONE = { ...AT, next: 'publish', attempt: 1 } as const;

/** A run whose attempt 1 left a model, and whose attempt 0 left another that must never be seen. */
async function world() {
  const { ports, put, get } = trainingWorld();
  await put(OBJECTS.job(RUN), document({ publish: 'digits' }));
  for (const [attempt, model] of [MODEL, `${MODEL}, an older one`].reverse().entries()) {
    const result: TaskResult = {
      ...{ version: 1, runId: RUN, attempt, metrics: { accuracy: 0.9 + attempt / 100 } },
      files: { 'model.onnx': { key: 'once/model.onnx', sizeBytes: model.length, sha256: sha256(model) } },
    };
    await put(`${OBJECTS.result(RUN, attempt)}once/model.onnx`, model);
    await put(`${OBJECTS.result(RUN, attempt)}result.json`, result);
  }
  return { ports, put, get };
}

test('the result of the attempt that succeeded is committed with its metrics, and published under its name', async () => {
  const { ports, get } = await world();

  const state = await publishResult(ports, DONE);

  expect(state).toMatchObject({ next: 'release', manifestUri: uri(OBJECTS.trainManifest(RUN)) });
  const model = {
    uri: uri(`${OBJECTS.result(RUN, 1)}once/model.onnx`),
    sizeBytes: MODEL.length,
    sha256: sha256(MODEL),
  };
  const manifest = (await get(OBJECTS.trainManifest(RUN))) as TrainManifest;
  expect(manifest).toMatchObject({
    job: 'digits',
    attempt: 1,
    metrics: { accuracy: 0.91 },
    files: { 'model.onnx': model },
  });
  expect(manifest.provenance).toMatchObject({ worldSize: 4, jobSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(await get(OBJECTS.published('digits'))).toEqual({
    ...{ version: 1, name: 'digits', runId: RUN, model },
    manifestUri: uri(OBJECTS.trainManifest(RUN)),
  });
});

test('publishing twice writes the same and moves nothing', async () => {
  const { ports } = await world();
  await publishResult(ports, DONE);
  const before = await ports.objects.head(uri(OBJECTS.published('digits')));
  await publishResult(ports, DONE);
  expect(await ports.objects.head(uri(OBJECTS.published('digits')))).toEqual(before);
});

test('a manifest of another result is never overwritten', async () => {
  const { ports, put, get } = await world();
  await put(OBJECTS.trainManifest(RUN), { version: 1, runId: RUN, attempt: 0 });
  expect((await errorOf(publishResult(ports, DONE))).code).toBe('LS_ALREADY_COMMITTED');
  expect(await get(OBJECTS.trainManifest(RUN))).toEqual({ version: 1, runId: RUN, attempt: 0 });
  expect(await ports.objects.head(uri(OBJECTS.published('digits')))).toBeUndefined();
});

test('a pointer that another run moves in between is moved again by the later one', async () => {
  const { ports, put, get } = await world();
  let races = 3;
  const racing: Objects = {
    ...ports.objects,
    async put(target, body, condition) {
      if (target === uri(OBJECTS.published('digits')) && races-- > 0)
        await put(OBJECTS.published('digits'), { runId: `other-${races}` });
      return ports.objects.put(target, body, condition);
    },
  };
  await publishResult({ ...ports, objects: racing }, DONE);
  expect(((await get(OBJECTS.published('digits'))) as Published).runId).toBe(RUN);
});

test('a result that does not hold what it lists is not committed', async () => {
  const { ports, put } = await world();
  await put(`${OBJECTS.result(RUN, 1)}once/model.onnx`, 'cut');
  const error = await errorOf(publishResult(ports, DONE));
  expect(error.code).toBe('LS_RESULT_INCOMPLETE');
  expect(error.message).toMatch(/model\.onnx: expected 10 bytes, got 3/);
  expect(await ports.objects.head(uri(OBJECTS.trainManifest(RUN)))).toBeUndefined();
});

test('a run without a reported result is committed with no files, and publishes no model', async () => {
  const { ports, get } = await world();
  await publishResult(ports, { ...DONE, attempt: 2 });
  expect(await get(OBJECTS.trainManifest(RUN))).toMatchObject({ attempt: 2, files: {}, metrics: {} });
  expect(await ports.objects.head(uri(OBJECTS.published('digits')))).toBeUndefined();
});
