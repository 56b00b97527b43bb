/** What a run committed is proven, and every way of spoiling it is found, here and by the command. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { InferenceManifest, ListedPart } from '#core/inference/manifest.ts';
import { isManifest, manifestProblem } from '#core/inference/verify.ts';
import { commitRun } from '#flows/inference/commit-run.ts';
import { planRun } from '#flows/inference/plan-run.ts';
import { runTask } from '#flows/inference/run-task.ts';
import { verifyRun } from '#flows/inference/verify-run.ts';
import { verify } from '../../../cli/commands/verify.ts';
import { commandContext, testHome } from '../../cli/command-context.ts';
import { batchesOf, fileBytes } from '../../formats/arrow/files.ts';
import { BUCKET, MODEL_URI, newJob, newWorld, roundOf, toyModel, unhurried } from './world.ts';

const world = newWorld();
let manifest: InferenceManifest;
let parts: readonly Uint8Array[];

beforeAll(async () => {
  await world.objects.put(MODEL_URI, toyModel());
  await world.input('a.arrow', await fileBytes(batchesOf(20, 30, 10)));
  await world.input('b.arrow', await fileBytes(batchesOf(5, 25)));
  await planRun(world.ports, await world.start('r', newJob()));
  for (const task of await world.items('r')) await runTask(world.ports, task, unhurried);
  manifest = (await commitRun({ objects: world.objects, bucket: BUCKET }, { runId: 'r', round: roundOf('r') }))
    .manifest;
  parts = await Promise.all(manifest.parts.map(async ({ uri }) => (await world.objects.get(uri)).bytes.slice()));
  expect(parts.length).toBeGreaterThan(3);
});
afterAll(() => world.close());

/** What is found where the parts have these bytes. */
async function problemOf(changed: InferenceManifest, bytes: readonly Uint8Array[] = parts) {
  const stored = new Map(manifest.parts.map(({ uri }, i) => [uri, bytes[i]]));
  const get: typeof world.objects.get = async (uri, range) => {
    const found = stored.get(uri);
    if (!found) return await world.objects.get(`${uri}.gone`, range);
    return { uri, etag: '', sizeBytes: found.length, bytes: found.subarray(range?.start, range?.end) };
  };
  return await verifyRun({ objects: { get }, parquet: world.parquet }, changed);
}

const withPart = (at: number, change: Partial<ListedPart>): InferenceManifest => ({
  ...manifest,
  parts: manifest.parts.map((part, i) => (i === at ? { ...part, ...change } : part)),
});
const replaced = (at: number, bytes: Uint8Array) => parts.map((part, i) => (i === at ? bytes : part));
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('verifying a run', () => {
  it('proves what was committed', async () => {
    expect(await problemOf(manifest)).toBeUndefined();
  });

  it('finds each byte that is not as it was, each part that is cut off, each that is gone', async () => {
    for (const [i, { uri }] of manifest.parts.entries()) {
      const bytes = parts[i] as Uint8Array;
      const flipped = bytes.map((byte, at) => (at === (7 * i) % bytes.length ? byte ^ 1 : byte));
      expect(await problemOf(manifest, replaced(i, flipped))).toContain(`${uri} is not what the manifest lists`);
      expect(await problemOf(manifest, replaced(i, bytes.subarray(1)))).toContain(`${uri} is not what`);
      const gone = parts.map((part, at) => (at === i ? (undefined as unknown as Uint8Array) : part));
      expect(await problemOf(manifest, gone)).toContain(uri);
    }
  });

  it('finds parts whose bytes were swapped', async () => {
    const [first = new Uint8Array(), second = new Uint8Array(), ...rest] = parts;
    expect(await problemOf(manifest, [second, first, ...rest])).toContain(`${manifest.parts[0]?.uri} is not what`);
  });

  it('finds rows and columns that are not what the manifest lists, under a hash that fits', async () => {
    expect(await problemOf(withPart(0, { rows: 3 }))).toContain('its totals say');
    const last = manifest.parts.length - 1;
    const lastPart = manifest.parts[last] as ListedPart;
    const bytes = await fileBytes(batchesOf(lastPart.rows));
    const totals = { ...manifest.totals, sizeBytes: manifest.totals.sizeBytes - lastPart.sizeBytes + bytes.length };
    const forged = { ...withPart(last, { sizeBytes: bytes.length, sha256: hashOf(bytes) }), totals };
    expect(await problemOf(forged, replaced(last, bytes))).toContain(
      `${lastPart.uri} is not what the manifest lists: its columns`,
    );
  });

  it('finds a list that leaves out, repeats or reorders parts, or that stands for other rows', () => {
    const { parts: listed } = manifest;
    const [first, second, ...rest] = listed as [ListedPart, ListedPart, ...ListedPart[]];
    const problem = (all: readonly ListedPart[]) => manifestProblem({ ...manifest, parts: all });
    expect(problem(listed)).toBeUndefined();
    expect(problem([second, first, ...rest])).toMatch(`${second.uri} stands for`);
    expect(problem([first, first, ...rest])).toMatch(`${first.uri} is a second part of partition`);
    const renumbered = (all: readonly ListedPart[]) => all.map((part, partition) => ({ ...part, partition }));
    expect(problem(renumbered([second, ...rest]))).toMatch(`${second.uri} stands for`);
    expect(problem(renumbered(listed.slice(0, -1)))).toMatch(/^no part stands for the batches of .*b\.arrow from/);
    const [source] = first.sources;
    const wider = { ...first, sources: [{ ...source, batches: 9 } as NonNullable<typeof source>] };
    expect(problem([wider, second, ...rest])).toMatch(`${first.uri} stands for 9 batches`);
    const other = { ...first, sources: [{ ...source, etag: '"other"' } as NonNullable<typeof source>] };
    expect(problem([other, second, ...rest])).toMatch(`${first.uri} stands for`);
    expect(manifestProblem({ ...manifest, totals: { ...manifest.totals, rows: 1 } })).toMatch('its totals say');
  });
});

describe('lockstep verify', () => {
  const home = testHome();
  const { context } = commandContext(home);
  afterAll(() => home.remove());

  it('proves what a run left on this machine, and answers with 1 where a part was changed', async () => {
    const folder = join(home.runs, 'toy-1');
    mkdirSync(folder);
    const paths = manifest.parts.map((_, i) => join(folder, `part-${i}.arrow`));
    for (const [i, path] of paths.entries()) writeFileSync(path, parts[i] ?? '');
    const uriOf = (i: number) => pathToFileURL(paths[i] ?? '').href;
    const kept = { ...manifest, parts: manifest.parts.map((part, i) => ({ ...part, uri: uriOf(i) })) };
    writeFileSync(join(folder, '_SUCCESS.json'), JSON.stringify(kept));
    expect(await verify('toy-1', context)).toMatchObject({ exitCode: 0, object: { ok: true, rows: 90 } });
    writeFileSync(paths[2] ?? '', 'something else');
    expect(await verify('latest', context)).toMatchObject({
      exitCode: 1,
      object: { ok: false, problem: expect.stringContaining(uriOf(2)) },
      lines: [expect.stringContaining('✗ toy-1: ')],
    });
  });

  it('refuses a manifest that does not say what its parts stand for, whatever else it is', async () => {
    expect(isManifest(manifest)).toBe(true);
    const folder = join(home.runs, 'old-1');
    mkdirSync(folder);
    const unsourced = manifest.parts.map(({ sources: _, ...part }) => part);
    for (const found of [{ ...manifest, parts: unsourced }, { ...manifest, inputs: {} }, [], null, 7]) {
      writeFileSync(join(folder, '_SUCCESS.json'), JSON.stringify(found));
      await expect(verify('old-1', context)).rejects.toMatchObject({
        code: 'LS_DATA_UNREADABLE',
        message: 'old-1: its _SUCCESS.json does not say which batches each part stands for',
      });
    }
  });

  it('says that it knows no such run', async () => {
    await expect(verify('nobody', context)).rejects.toMatchObject({ code: 'LS_RUN_NOT_FOUND' });
  });
});
