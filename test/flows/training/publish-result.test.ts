import { createHash } from 'node:crypto';
import { describe, expect, it, test } from 'vitest';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control } from '#core/gang/records.ts';
import { OBJECTS } from '#core/names.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { TrainManifest } from '#core/training/published.ts';
import type { StateOf } from '#core/training/state.ts';
import type { TaskResult } from '#core/training/task-result.ts';
import { publishResult } from '#flows/training/publish-result.ts';
import { AT, document, errorOf, RUN, trainingWorld, uri } from './training-world.ts';

const MODEL = 'onnx bytes';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const DONE: StateOf<'publish'> = { ...AT, next: 'publish', attempt: 1 };

const LATEST = OBJECTS.published('digits');

/** A run that succeeded with attempt 1, which left a model; attempt 0 left another that must never be seen. */
async function world(control: Partial<Control> = {}) {
  const { ports, put, get } = trainingWorld();
  const gang = newGang({
    ...{ runId: RUN, owner: AT.execution.id, specHash: '', opId: 'new' },
    hosts: 2,
    tasksPerHost: 2,
  });
  await ports.control.create({ ...gang, attempt: 1, phase: 'SUCCEEDED', ...control });
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
  expect(state).toMatchObject({ latestRunId: RUN });
  expect(await get(LATEST)).toEqual({
    ...{ version: 1, name: 'digits', runId: RUN, queuedAt: AT.queuedAt, model },
    manifestUri: uri(OBJECTS.trainManifest(RUN)),
  });
});

test('publishing twice writes the same and moves nothing', async () => {
  const { ports } = await world();
  await publishResult(ports, DONE);
  const before = await ports.objects.head(uri(LATEST));
  await publishResult(ports, DONE);
  expect(await ports.objects.head(uri(LATEST))).toEqual(before);
});

test('a manifest of another result is never overwritten', async () => {
  const { ports, put, get } = await world();
  await put(OBJECTS.trainManifest(RUN), { version: 1, runId: RUN, attempt: 0 });
  expect((await errorOf(publishResult(ports, DONE))).code).toBe('LS_ALREADY_COMMITTED');
  expect(await get(OBJECTS.trainManifest(RUN))).toEqual({ version: 1, runId: RUN, attempt: 0 });
  expect(await ports.objects.head(uri(LATEST))).toBeUndefined();
});

const older = (runId: string) => ({ runId, queuedAt: AT.queuedAt - 1 });
const newer = (runId: string) => ({ runId, queuedAt: AT.queuedAt + 1 });

describe('the pointer to the latest model', () => {
  it.each([
    ['of a run that was queued before', older('z')],
    ['of a run of the same second whose id comes before', { runId: 'run-0', queuedAt: AT.queuedAt }],
    ['that does not say when its run was queued', { runId: 'z' }],
  ])('gives way to this run where it is one %s', async (_, before) => {
    const { ports, put, get } = await world();
    await put(LATEST, before);
    expect(await publishResult(ports, DONE)).toMatchObject({ latestRunId: RUN });
    expect(await get(LATEST)).toMatchObject({ runId: RUN, queuedAt: AT.queuedAt });
  });

  it.each([
    ['of a run that was queued later', newer('a')],
    ['of a run of the same second whose id comes after', { runId: 'run-2', queuedAt: AT.queuedAt }],
  ])(
    'stays where it is one %s; the result is committed all the same, and says whose the name is',
    async (_, before) => {
      const { ports, put, get } = await world();
      await put(LATEST, before);
      const { runId } = before;
      const state = await publishResult(ports, DONE);
      expect(state).toMatchObject({ manifestUri: uri(OBJECTS.trainManifest(RUN)), latestRunId: runId });
      expect(await get(LATEST)).toEqual(before);
      expect(await get(OBJECTS.trainManifest(RUN))).toMatchObject({
        files: { 'model.onnx': { sha256: sha256(MODEL) } },
      });
    },
  );

  it('never loses the later run to a race, whoever comes in between', async () => {
    for (const [inBetween, last] of [
      [[older('b')], RUN],
      [[older('b'), older('c'), older('d')], RUN],
      [[newer('b')], 'b'],
      [[older('b'), newer('c')], 'c'],
    ] as const) {
      const { ports, put, get } = await world();
      const coming: { readonly runId: string }[] = [...inBetween];
      const racing: Objects = {
        ...ports.objects,
        async put(target, body, condition) {
          const other = target === uri(LATEST) ? coming.shift() : undefined;
          if (other !== undefined) await put(LATEST, other);
          return await ports.objects.put(target, body, condition);
        },
      };
      expect(await publishResult({ ...ports, objects: racing }, DONE)).toMatchObject({ latestRunId: last });
      expect(await get(LATEST)).toMatchObject({ runId: last });
    }
  });

  it('that never stands still is given up as something to try again', async () => {
    const { ports, put } = await world();
    let seconds = 0;
    const racing: Objects = {
      ...ports.objects,
      async put(target, body, condition) {
        if (target === uri(LATEST)) await put(LATEST, { runId: 'busy', queuedAt: seconds++ });
        return await ports.objects.put(target, body, condition);
      },
    };
    expect(await errorOf(publishResult({ ...ports, objects: racing }, DONE))).toMatchObject({
      ...{ code: 'LS_UNAVAILABLE', retryable: true },
    });
  });
});

describe('nothing is committed and nothing published', () => {
  async function refused({ ports }: ReturnType<typeof trainingWorld>) {
    const error = await errorOf(publishResult(ports, DONE));
    for (const key of [OBJECTS.trainManifest(RUN), LATEST]) expect(await ports.objects.head(uri(key))).toBeUndefined();
    return error;
  }

  it.each([{ phase: 'RUNNING' }, { phase: 'STOPPING' }, { phase: 'FAILED' }, { attempt: 0 }, { attempt: 2 }] as const)(
    'where the control item says %j',
    async (control) => {
      const error = await refused(await world(control));
      expect(error.code).toBe('LS_NOT_SUCCEEDED');
      expect(error.message).toContain(`attempt 1 of run ${RUN}`);
    },
  );

  it('for an execution that the run does not belong to', async () => {
    const error = await refused(await world({ owner: 'arn:another' }));
    expect(error.code).toBe('LS_RUN_EXISTS');
  });

  it('where there is no control item', async () => {
    expect((await refused(trainingWorld())).code).toBe('LS_RUN_NOT_FOUND');
  });

  it.each([{ runId: 'run-2' }, { attempt: 0 }])('where the result says that it is of %j', async (change) => {
    const { ports, put, get } = await world();
    const key = `${OBJECTS.result(RUN, 1)}result.json`;
    await put(key, { ...((await get(key)) as TaskResult), ...change });
    const error = await refused({ ports, put, get });
    expect(error.code).toBe('LS_RESULT_FOREIGN');
    expect(error.message).toMatch(/result\.json: expected the result of attempt 1 of run run-1, got that of attempt/);
  });
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
  const { ports, get } = await world({ attempt: 2 });
  await publishResult(ports, { ...DONE, attempt: 2 });
  expect(await get(OBJECTS.trainManifest(RUN))).toMatchObject({ attempt: 2, files: {}, metrics: {} });
  expect(await ports.objects.head(uri(LATEST))).toBeUndefined();
});
