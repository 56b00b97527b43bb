import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { LatestCheckpoint } from '#core/training/checkpoint.ts';
import { checkpointService } from '../../gpu-agent/services/checkpoints.ts';
import { createDownloads } from '../../gpu-agent/services/downloads.ts';
import { createUploads, type Uploads } from '../../gpu-agent/services/uploads.ts';
import { BUCKET, RUN_ID } from './socket-world.ts';

const { checkpoints: ROOT, latestCheckpoint: LATEST } = runObjects({ bucket: BUCKET, runId: RUN_ID });

let objects: Objects;
let folder: string;
beforeEach(() => {
  objects = memoryObjects();
  folder = mkdtempSync(join(tmpdir(), 'lockstep-checkpoints-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The service of one host's agent in an attempt. */
function host(attempt: number, { keep = 3, name = 'a', store = objects, uploads = createUploads(store) } = {}) {
  const downloads = createDownloads(store, join(folder, name));
  return checkpointService({ objects: store, uploads, downloads, bucket: BUCKET, runId: RUN_ID, attempt, keep });
}

type Service = ReturnType<typeof host>;

async function* body(...parts: readonly string[]) {
  for (const part of parts) yield Buffer.from(part);
}

async function put(service: Service, at: { step: number; rank?: number }, files: Readonly<Record<string, string>>) {
  const [rank, step] = [at.rank ?? 0, at.step];
  for (const [name, text] of Object.entries(files)) await service.putFile({ rank, step }, name, { chunks: body(text) });
}

async function save(service: Service, step: number, files: Readonly<Record<string, string>>) {
  await put(service, { step }, files);
  await service.commit({ rank: 0, step }, Object.keys(files));
}

const read = async (service: Service, step: number, name: string) =>
  readFileSync((await service.file(step, name)).path, 'utf8');

async function keys(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { uri } of objects.list(ROOT)) found.push(uri.slice(ROOT.length));
  return found;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200 && !(await condition()); i++) await sleep(10);
}

describe('a checkpoint is never torn', () => {
  test('one that is saved again for the same step and cut off half way leaves the earlier one whole', async () => {
    const first = host(0);
    await first.claim();
    await save(first, 100, { weights: 'W-old', optimizer: 'O-old' });
    await put(first, { step: 100 }, { weights: 'W-new' });

    const second = host(1);
    await second.claim();
    const latest = await second.latest(false);
    expect(latest?.step).toBe(100);
    expect(await read(second, 100, 'weights')).toBe('W-old');
    expect(await read(second, 100, 'optimizer')).toBe('O-old');
    expect(latest?.files.weights?.sha256).toBe(createHash('sha256').update('W-old').digest('hex'));
  });

  test('an upload that arrives late changes nothing that the next attempt reads', async () => {
    const first = host(0);
    await first.claim();
    await save(first, 1, { weights: 'good' });
    const second = host(1);
    await second.claim();
    await put(first, { step: 1 }, { weights: 'late' });
    await expect(first.commit({ rank: 0, step: 1 }, ['weights'])).rejects.toMatchObject({ code: 'LS_STALE_ATTEMPT' });
    expect(await read(second, 1, 'weights')).toBe('good');
  });

  test('a file whose bytes are not those that were saved is refused, and so is one of another length', async () => {
    const first = host(0);
    await first.claim();
    await save(first, 1, { a: 'as it was', b: 'as it was' });
    for (const key of await keys()) {
      if (key.endsWith('/a')) await objects.put(ROOT + key, Buffer.from('as it is!'));
      if (key.endsWith('/b')) await objects.put(ROOT + key, Buffer.from('shorter'));
    }
    for (const name of ['a', 'b']) {
      await expect(first.file(1, name)).rejects.toMatchObject({ code: 'LS_CHECKPOINT_DAMAGED' });
    }
  });

  test.each(['__proto__', 'constructor', '.metadata', 'model/layer.0/w.bin', 'größe 1', '..a', 'a..b'])(
    'a file may be called %s',
    async (name) => {
      const service = host(0);
      await service.claim();
      await save(service, 1, Object.fromEntries([[name, 'x']]));
      const latest = await service.latest(true);
      expect(Object.keys(latest?.files ?? {})).toEqual([name]);
      expect(await read(service, 1, name)).toBe('x');
    },
  );
});

describe('every rank of an attempt goes on from the same checkpoint', () => {
  test('also one that asks after another rank has saved', async () => {
    const before = host(0);
    await before.claim();
    await save(before, 5, { w: 'five' });
    const [early, late] = [host(1, { name: 'a' }), host(1, { name: 'b' })];
    await early.claim();
    await save(early, 6, { w: 'six' });
    await late.claim();
    expect(await late.latest(false)).toMatchObject({ attempt: 0, step: 5 });
    expect(await late.latest(true)).toMatchObject({ attempt: 1, step: 6 });
    expect(await read(late, 5, 'w')).toBe('five');
    expect(await read(late, 6, 'w')).toBe('six');
  });

  test('although the same step is saved again, and although it would be too old to be kept', async () => {
    const before = host(0);
    await before.claim();
    await save(before, 5, { w: 'five' });
    const [early, late] = [host(1, { keep: 1, name: 'a' }), host(1, { keep: 1, name: 'b' })];
    await early.claim();
    await save(early, 5, { w: 'five again' });
    await save(early, 6, { w: 'six' });
    await late.claim();
    expect(await read(late, 5, 'w')).toBe('five');
  });
});

describe('what is kept', () => {
  test('is the newest few, and the files of the others are deleted', async () => {
    const service = host(0, { keep: 2 });
    await service.claim();
    for (let step = 1; step <= 10; step++) await save(service, step, { w: `step ${step}` });
    expect((await keys()).filter((key) => key.endsWith('/w')).map((key) => key.split('/')[1])).toEqual(['10', '9']);
    expect(await read(service, 9, 'w')).toBe('step 9');
    await expect(service.file(8, 'w')).rejects.toMatchObject({ code: 'LS_BAD_CALL' });
  });

  test('is nothing of what earlier attempts put and never committed', async () => {
    const first = host(0);
    await first.claim();
    await save(first, 1, { w: 'kept' });
    await put(first, { step: 2 }, { w: 'never committed', v: 'never committed' });
    await put(first, { step: 2 }, { w: 'put again' });
    expect((await keys()).filter((key) => key.startsWith('0/2/'))).toHaveLength(2);
    const second = host(1);
    await second.claim();
    await until(async () => (await keys()).length === 2);
    expect((await keys()).map((key) => key.split('/').slice(0, 2).join('/'))).toEqual(['0/1', 'LATEST.json']);
    expect(await read(second, 1, 'w')).toBe('kept');
  });

  test('on the disk of a host are the files that the attempt goes on from', async () => {
    const service = host(0, { keep: 1 });
    await service.claim();
    await save(service, 1, { w: 'one' });
    const old = await service.file(1, 'w');
    await save(service, 2, { w: 'two' });
    const kept = await service.file(2, 'w');
    await host(1, { keep: 1 }).claim();
    expect(() => readFileSync(old.path)).toThrow('ENOENT');
    expect(readFileSync(kept.path, 'utf8')).toBe('two');
  });
});

describe('a checkpoint of all ranks together', () => {
  /** Ranks that meet in this process, as their agents let them meet. */
  function meeting(worldSize: number) {
    let round: { messages: string[]; opened: PromiseWithResolvers<readonly string[]> } | undefined;
    return (rank: number) => async (message: string) => {
      round ??= { messages: [], opened: Promise.withResolvers() };
      const { messages, opened } = round;
      messages[rank] = message;
      if (Object.keys(messages).length === worldSize) {
        round = undefined;
        opened.resolve(messages);
      }
      return await opened.promise;
    };
  }

  const shareAll = async (filesOf: (rank: number) => Readonly<Record<string, string>>, steps = [7, 7, 7]) => {
    const services = [host(0, { name: 'a' }), host(0, { name: 'b' })] as const;
    for (const service of services) await service.claim();
    const meet = meeting(steps.length);
    const outcome = await Promise.allSettled(
      steps.map(async (step, rank) => {
        const service = services[rank === 2 ? 1 : 0];
        await put(service, { step, rank }, filesOf(rank));
        await service.commitShared({ rank, step }, Object.keys(filesOf(rank)), meet(rank));
        return await service.latest(true);
      }),
    );
    return { services, outcome };
  };

  test('holds the files of each, is there when the call returns, and leaves no list behind', async () => {
    const { services, outcome } = await shareAll((rank) => ({ [`__${rank}_0.distcp`]: `shard ${rank}` }));
    for (const one of outcome) expect(one).toMatchObject({ status: 'fulfilled', value: { step: 7 } });
    for (const rank of [0, 1, 2]) expect(await read(services[1], 7, `__${rank}_0.distcp`)).toBe(`shard ${rank}`);
    expect((await keys()).filter((key) => key.endsWith('.json'))).toEqual(['LATEST.json']);
  });

  test('is refused on every rank if two saved the same name', async () => {
    const { services, outcome } = await shareAll((rank) => ({ [rank === 2 ? 'shard-0' : `shard-${rank}`]: 'x' }));
    for (const one of outcome) expect(String((one as PromiseRejectedResult).reason)).toMatch(/ranks 0 and 2.*shard-0/);
    expect(await services[0].latest(true)).toBeNull();
  });

  test('is refused on every rank if they save different steps', async () => {
    const { services, outcome } = await shareAll((rank) => ({ [`shard-${rank}`]: 'x' }), [7, 7, 8]);
    for (const one of outcome) expect(String((one as PromiseRejectedResult).reason)).toContain('of one step');
    expect(await services[0].latest(true)).toBeNull();
  });
});

describe('the fence', () => {
  test('refuses an attempt that was overtaken, from the moment the later one takes over', async () => {
    const [first, second] = [host(0), host(1)];
    await first.claim();
    await save(first, 1, { w: 'one' });
    await second.claim();
    await put(first, { step: 2 }, { w: 'two' });
    await expect(first.commit({ rank: 0, step: 2 }, ['w'])).rejects.toThrow('attempt 1 has taken over');
    await expect(host(0).claim()).rejects.toMatchObject({ code: 'LS_STALE_ATTEMPT' });
    expect(await second.latest(false)).toMatchObject({ attempt: 0, step: 1 });
  });

  test('lets a writer lose who read before it was raised', async () => {
    let isArmed = false;
    const racing: Objects = {
      ...objects,
      // Between its read and its write the next attempt takes over.
      async put(uri, bytes, condition) {
        if (isArmed && uri === LATEST) {
          isArmed = false;
          await host(1).claim();
        }
        return await objects.put(uri, bytes, condition);
      },
    };
    const zombie = host(0, { store: racing });
    await zombie.claim();
    await put(zombie, { step: 1 }, { w: 'x' });
    isArmed = true;
    await expect(zombie.commit({ rank: 0, step: 1 }, ['w'])).rejects.toMatchObject({ code: 'LS_STALE_ATTEMPT' });
    const latest = JSON.parse(Buffer.from((await objects.get(LATEST)).bytes).toString('utf8')) as LatestCheckpoint;
    expect(latest).toEqual({ version: 2, attempt: 1, pinned: null, saved: null, older: [] });
  });
});

describe('when no task is left', () => {
  test('an upload under way is ended, and what comes after it is refused', async () => {
    const uploads: Uploads = createUploads(objects);
    const service = host(0, { uploads });
    await service.claim();
    await put(service, { step: 1 }, { w: 'whole' });
    async function* endless() {
      for (;;) {
        await sleep(5);
        yield Buffer.alloc(1000);
      }
    }
    const upload = service.putFile({ rank: 0, step: 1 }, 'v', { chunks: endless() });
    const ended = expect(upload).rejects.toMatchObject({ code: 'LS_CANCELLED' });
    await sleep(30);
    await uploads.close(5_000);
    await ended;
    await expect(service.commit({ rank: 0, step: 1 }, ['w'])).rejects.toMatchObject({ code: 'LS_CANCELLED' });
    expect((await keys()).filter((key) => key.endsWith('/v'))).toEqual([]);
  });

  test('a commit under way is finished first, unless the store hangs', async () => {
    const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let isSlow = false;
    const slow: Objects = {
      ...objects,
      async put(uri, bytes, condition) {
        if (isSlow && uri === LATEST) {
          asked.resolve();
          await gate.promise;
        }
        return await objects.put(uri, bytes, condition);
      },
    };
    const uploads = createUploads(slow);
    const service = host(0, { store: slow, uploads });
    await service.claim();
    await put(service, { step: 1 }, { w: 'x' });
    isSlow = true;
    const commit = service.commit({ rank: 0, step: 1 }, ['w']);
    await asked.promise;
    let isClosed = false;
    const closed = uploads.close(10_000).then(() => {
      isClosed = true;
    });
    await sleep(50);
    expect(isClosed).toBe(false);
    gate.resolve();
    await Promise.all([commit, closed]);
    expect(await service.latest(true)).toMatchObject({ step: 1 });

    const started = performance.now();
    const hanging = createUploads(slow);
    void hanging.write(() => new Promise(() => {}));
    await hanging.close(100);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

test('a large file goes through in pieces and comes back byte by byte, once for all who ask', async () => {
  const bytes = Buffer.alloc(20 * 2 ** 20 + 7);
  for (let i = 0; i < bytes.length; i += 1000) bytes[i] = i % 251;
  mkdirSync(join(folder, 'source'));
  writeFileSync(join(folder, 'source/w'), bytes);
  let reads = 0;
  const counted: Objects = {
    ...objects,
    get: (uri, range) => {
      reads += range === undefined ? 0 : 1;
      return objects.get(uri, range);
    },
  };
  const service = host(0, { store: counted });
  await service.claim();
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  await service.putFile({ rank: 0, step: 1 }, 'w', { chunks: pieces(), sizeBytes: bytes.length });
  await service.commit({ rank: 0, step: 1 }, ['w']);
  const found = await Promise.all([1, 2, 3].map(() => service.file(1, 'w')));
  expect(Buffer.compare(readFileSync(found[0]?.path as string), bytes)).toBe(0);
  expect(reads).toBe(3);
});
