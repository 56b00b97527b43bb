/** Models on the disk of this machine: whole or not there, whatever two commands do at once and wherever one dies. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, sharedObjects } from '#core/objects/addresses.ts';
import type { Published } from '#core/training/published.ts';
import { pointLatest } from '#flows/training/publish-latest.ts';
import { modelsTable, pruneModels, removeModels } from '../../../cli/commands/models.ts';
import { publishedKeeper } from '../../../cli/models/keep-published.ts';
import { keepModel, latestKept, listKeptModels } from '../../../cli/models/kept-models.ts';
import { offerKept } from '../../../cli/models/offer-kept.ts';
import { commandContext, type TestHome, testHome } from '../command-context.ts';

const BUCKET = 'data';
const { signal } = new AbortController();
const bytesOf = (text: string) => Buffer.from(text);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function pointerTo(runId: string, model: Uint8Array, queuedAt: number, name = 'digits'): Published {
  const uri = objectUri(BUCKET, `${OBJECTS.result(runId, 0)}model.onnx`);
  const manifestUri = objectUri(BUCKET, OBJECTS.trainManifest(runId));
  return {
    ...{ version: 1, name, runId, queuedAt, manifestUri },
    model: { uri, sizeBytes: model.length, sha256: sha256(model) },
  };
}

async function* inPieces(bytes: Uint8Array, sizeBytes = 3): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

let home: TestHome;
beforeEach(() => {
  home = testHome();
});
afterEach(() => home.remove());

const keep = (runId: string, text: string, queuedAt: number, name?: string) =>
  keepModel(home, pointerTo(runId, bytesOf(text), queuedAt, name), () => inPieces(bytesOf(text)));

/** Every file below the models, with what it holds. */
const everything = () =>
  readdirSync(home.models, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));

describe('a kept model', () => {
  it('is the bytes and the pointer of its run; a name stands for the run that was queued last, kept last or not', async () => {
    await keep('digits-b', 'second', 20);
    await keep('digits-a', 'first', 10);
    await keep('other-a', 'else', 30, 'other');

    expect(listKeptModels(home).map(({ pointer }) => pointer.runId)).toEqual(['digits-b', 'digits-a', 'other-a']);
    const kept = latestKept(home, 'digits');
    expect(kept?.pointer).toEqual(pointerTo('digits-b', bytesOf('second'), 20));
    expect(readFileSync(kept?.file ?? '', 'utf8')).toBe('second');
    expect(latestKept(home, 'none')).toBeUndefined();
  });

  it('is not there where its bytes are others, or end before the last', async () => {
    const pointer = pointerTo('digits-a', bytesOf('whole'), 1);
    const rejected = { code: 'LS_RESULT_INCOMPLETE', message: expect.stringContaining(pointer.model.sha256) };
    await expect(keepModel(home, pointer, () => inPieces(bytesOf('whol')))).rejects.toMatchObject(rejected);
    await expect(keepModel(home, pointer, () => inPieces(bytesOf('Whole')))).rejects.toMatchObject(rejected);
    async function* broken() {
      yield bytesOf('who');
      throw new Error('ENOSPC: no space left on device');
    }
    await expect(keepModel(home, pointer, broken)).rejects.toThrow('ENOSPC');
    expect(everything()).toEqual([]);
  });

  it('is one, whoever keeps that of the same run at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => keep('digits-a', 'model', 1)));
    expect(everything()).toHaveLength(2);
    expect(readFileSync(latestKept(home, 'digits')?.file ?? '', 'utf8')).toBe('model');
  });

  it('never lies outside of the folder of models', async () => {
    for (const [runId, name] of [
      ['../../digits-a', 'digits'],
      ['digits-a', '../digits'],
      ['digits-a', '.digits'],
    ]) {
      await expect(keep(runId ?? '', 'model', 1, name)).rejects.toMatchObject({ code: 'LS_DATA_UNREADABLE' });
    }
    expect(readdirSync(home.folder).sort()).toEqual(['clouds', 'jobs', 'models', 'runs']);
  });

  it('that a command was killed in the middle of is not there, and its draft is gone with the next', async () => {
    const child = spawn(process.execPath, [resolve('test/cli/models/fixtures/keep-for-ever.ts'), home.models]);
    await firstOutput(child);
    child.kill('SIGKILL');
    await new Promise((done) => child.once('exit', done));

    expect(readdirSync(join(home.models, 'digits'))).toHaveLength(1);
    expect(listKeptModels(home)).toEqual([]);
    await keep('digits-b', 'model', 1);
    expect(readdirSync(join(home.models, 'digits'))).toEqual(['digits-b']);
  });

  it('that somebody damaged does not keep the others from being listed', async () => {
    await keep('digits-a', 'model', 1);
    mkdirSync(join(home.models, 'digits', 'digits-half'));
    writeFileSync(join(home.models, 'a-file'), '');
    expect(listKeptModels(home)).toHaveLength(1);
  });
});

describe('what a cloud publishes', () => {
  async function publish(objects: ReturnType<typeof memoryObjects>, runId: string, text: string, queuedAt: number) {
    const pointer = pointerTo(runId, bytesOf(text), queuedAt);
    await objects.put(pointer.model.uri, bytesOf(text));
    await pointLatest({ objects, bucket: BUCKET }, pointer);
    return pointer;
  }

  it('is kept when its pointer is written, and nothing else is looked at', async () => {
    const objects = memoryObjects();
    const keeper = publishedKeeper({ objects, bucket: BUCKET }, home, () => {});
    await publish(objects, 'digits-a', 'model', 1);
    for (const key of ['models/', 'models/digits/other.json', 'runs/digits/LATEST.json', 'LATEST.json']) {
      keeper.onObject({ bucket: BUCKET, key });
    }
    keeper.onObject({ bucket: 'other', key: OBJECTS.published('digits') });
    await keeper.settled();
    expect(listKeptModels(home)).toEqual([]);

    keeper.onObject({ bucket: BUCKET, key: OBJECTS.published('digits') });
    await keeper.settled();
    expect(listKeptModels(home).map(({ pointer }) => pointer.runId)).toEqual(['digits-a']);
  });

  it('and cannot be kept is said at once, and is no success', async () => {
    const objects = memoryObjects();
    const said: string[] = [];
    const keeper = publishedKeeper({ objects, bucket: BUCKET }, home, (why) => said.push(why));
    const { model } = await publish(objects, 'digits-a', 'model', 1);
    await objects.put(model.uri, bytesOf('other'));
    keeper.onObject({ bucket: BUCKET, key: OBJECTS.published('digits') });
    await expect(keeper.settled()).rejects.toMatchObject({ code: 'LS_RESULT_INCOMPLETE' });
    expect(said).toEqual([
      expect.stringMatching(/^the model digits is published, and goes with its cloud: model digits of/),
    ]);
  });

  it('is published in another cloud byte for byte, and never in place of a later one', async () => {
    const [first, second] = [memoryObjects(), memoryObjects()];
    const uri = sharedObjects(BUCKET).published('digits');
    await publish(first, 'digits-a', 'model', 10);
    const keeper = publishedKeeper({ objects: first, bucket: BUCKET }, home, () => {});
    keeper.onObject({ bucket: BUCKET, key: OBJECTS.published('digits') });
    await keeper.settled();

    const [kept] = listKeptModels(home);
    if (kept === undefined) throw new Error('nothing was kept');
    await offerKept({ objects: second, bucket: BUCKET }, kept, signal);
    expect((await second.get(uri)).bytes).toEqual((await first.get(uri)).bytes);
    expect((await second.get(kept.pointer.model.uri)).bytes).toEqual(Uint8Array.from(bytesOf('model')));

    await publish(second, 'digits-b', 'later', 20);
    await offerKept({ objects: second, bucket: BUCKET }, kept, signal);
    expect(JSON.parse(Buffer.from((await second.get(uri)).bytes).toString())).toMatchObject({ runId: 'digits-b' });
  });

  it('is found in a bucket of another name, and is refused where its file is damaged', async () => {
    await keep('digits-a', 'model', 1);
    const [kept] = listKeptModels(home);
    if (kept === undefined) throw new Error('nothing was kept');
    const objects = memoryObjects();
    await offerKept({ objects, bucket: 'renamed' }, kept, signal);
    const pointer = JSON.parse(
      Buffer.from((await objects.get(sharedObjects('renamed').published('digits'))).bytes).toString(),
    ) as Published;
    expect(pointer.model.uri).toMatch(/^s3:\/\/renamed\//);
    expect(Buffer.from((await objects.get(pointer.model.uri)).bytes).toString()).toBe('model');

    writeFileSync(kept.file, 'modem');
    const empty = memoryObjects();
    await expect(offerKept({ objects: empty, bucket: BUCKET }, kept, signal)).rejects.toMatchObject({
      code: 'LS_MODEL_UNREADABLE',
      remedy: expect.stringContaining('lockstep models rm digits@digits-a'),
    });
    expect(await empty.head(kept.pointer.model.uri)).toBeUndefined();
  });
});

describe('lockstep models', () => {
  it('removes those of a name, or the one whose run or hash begins so', async () => {
    const { context } = commandContext(home);
    await keep('digits-a', 'first', 10);
    await keep('digits-b', 'second', 20);
    await keep('other-a', 'else', 30, 'other');

    expect(() => removeModels(['digits', 'othr'], context)).toThrow(
      expect.objectContaining({ code: 'LS_MODEL_UNREADABLE', remedy: 'Did you mean `published:other`?' }),
    );
    expect(() => removeModels(['digits@digits-'], context)).toThrow(/2 models of digits have a run or a sha256/);
    expect(() => removeModels(['digits@nope'], context)).toThrow(/no model of digits has/);
    expect(listKeptModels(home)).toHaveLength(3);

    expect(removeModels([`digits@${sha256(bytesOf('second')).slice(0, 8)}`], context)).toEqual(['digits@digits-b']);
    expect(latestKept(home, 'digits')?.pointer.runId).toBe('digits-a');
    expect(removeModels(['other', 'other@other-a'], context)).toEqual(['other@other-a']);
    expect(everything()).toHaveLength(2);
  });

  it('removes what is no longer the latest of its name', async () => {
    const { context } = commandContext(home);
    for (const [run, queuedAt] of Object.entries({ a: 10, c: 30, b: 20 })) await keep(`digits-${run}`, run, queuedAt);
    await keep('other-a', 'else', 1, 'other');
    expect(pruneModels(context)).toEqual(['digits@digits-b', 'digits@digits-a']);
    expect(listKeptModels(home).map(({ pointer }) => pointer.runId)).toEqual(['digits-c', 'other-a']);
  });

  it('shows each with its size, its age and where its name stands for it', () => {
    const line = {
      name: 'digits',
      runId: 'digits-a',
      sha256: 'ab'.repeat(32),
      sizeBytes: 1_500_000,
      latestIn: ['here'],
    };
    expect(
      modelsTable([{ ...line, queuedAt: '2026-01-01T00:00:00.000Z' }], Date.parse('2026-01-01T00:03:00Z')),
    ).toEqual([
      'NAME    RUN       SHA256        SIZE     QUEUED     LATEST IN',
      'digits  digits-a  abababababab  1.4 MiB  3 min ago  here',
    ]);
    expect(modelsTable([], 0)).toEqual(['no models']);
  });
});

const firstOutput = (child: ChildProcess) => new Promise<void>((done) => child.stdout?.once('data', () => done()));
