import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { OBJECTS } from '#core/names.ts';
import { BUCKET, RUN_ID, type SocketWorld, type SocketWorldOptions, socketWorld } from './socket-world.ts';

let world: SocketWorld;
afterEach(async () => {
  await world?.close();
});

const start = async (options?: SocketWorldOptions) => {
  world = await socketWorld(options);
};

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly bytes: Buffer;
  readonly body: Record<string, unknown>;
}

interface Ask {
  readonly rank?: number;
  readonly body?: unknown;
  readonly bytes?: Uint8Array;
  readonly authorization?: string;
}

function ask(method: string, path: string, options: Ask = {}): Promise<Answer> {
  const { rank = 0, body, authorization = `Bearer ${world.tokenOf(rank)}` } = options;
  const bytes = options.bytes ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = { authorization, 'content-length': bytes?.byteLength ?? 0 };
  request({ socketPath: world.path, method, path, headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const received = Buffer.concat(chunks);
      const type = response.headers['content-type'];
      const parsed = type === 'application/json' ? JSON.parse(received.toString('utf8')) : {};
      resolve({ status: response.statusCode ?? 0, type, bytes: received, body: parsed });
    });
  })
    .on('error', reject)
    .end(bytes);
  return promise;
}

test('a task learns who it is and what is its own', async () => {
  await start();
  const { status, body } = await ask('GET', '/task', { rank: 1 });
  expect(status).toBe(200);
  expect(body).toMatchObject({ rank: 1, worldSize: 2, attempt: 0, resources: { gpu: { addresses: ['1'] } } });
});

describe('a hostile or mistaken call', () => {
  const CALLS: readonly (readonly [string, string, string, Ask, number, string])[] = [
    ['without a token', 'GET', '/task', { authorization: '' }, 401, 'LOCKSTEP_TASK_TOKEN'],
    ['with a wrong token', 'GET', '/task', { authorization: 'Bearer token-of-rank-9' }, 401, 'LOCKSTEP_TASK_TOKEN'],
    ['to a path that is not there', 'GET', '/etc/passwd', {}, 400, 'no such path'],
    ['with a wrong method', 'GET', '/barrier', {}, 400, 'the methods of this path are POST'],
    ['with no JSON', 'POST', '/barrier', { bytes: Buffer.from('{') }, 400, 'not JSON'],
    ['with a JSON list', 'POST', '/barrier', { body: [] }, 400, 'not a JSON object'],
    ['with a negative timeout', 'POST', '/barrier', { body: { timeoutMs: -1 } }, 400, 'timeoutMs: expected a number'],
    ['with a timeout that is text', 'POST', '/barrier', { body: { timeoutMs: '1' } }, 400, 'timeoutMs'],
    ['with a huge call site', 'POST', '/barrier', { body: { callSite: 'x'.repeat(201) } }, 400, 'callSite'],
    ['without a payload', 'POST', '/allGather', { body: {} }, 400, 'payload: expected a string'],
    ['with a payload above 64 KB', 'POST', '/allGather', { body: { payload: 'é'.repeat(33_000) } }, 400, '65536 bytes'],
    [
      'that no table brings in time',
      'POST',
      '/allGather',
      { body: { payload: 'x'.repeat(60_000), timeoutMs: 20 } },
      400,
      'the deadline is 0.02 s',
    ],
    ['with a body above the limit', 'POST', '/barrier', { bytes: Buffer.alloc(600_000) }, 400, 'more than the 524288'],
    ['with a step that is no number', 'PUT', '/checkpoint/one/w.bin', {}, 400, 'no such path'],
    ['with a path in a file name', 'PUT', '/checkpoint/1/..%2F..%2Fx', { bytes: Buffer.of(1) }, 400, 'file name'],
    ['with a broken escape', 'PUT', '/checkpoint/1/%zz', { bytes: Buffer.of(1) }, 400, 'not a URL-encoded name'],
    ['that commits what was never put', 'POST', '/checkpoint', { body: { step: 1, files: ['w'] } }, 400, 'was not put'],
    ['for a checkpoint that is not there', 'GET', '/checkpoint/1/w.bin', {}, 400, 'has a file w.bin'],
    ['for a shard that is not there', 'GET', '/shards/0', {}, 400, 'has no shard 0'],
    ['with progress that is no number', 'POST', '/progress', { body: { step: 'x', of: 2 } }, 400, 'step: expected'],
    ['with a result of another rank', 'POST', '/result', { rank: 1, body: { metrics: {} } }, 400, 'only rank 0'],
    ['with a result that lists what was never put', 'POST', '/result', { body: { files: ['m'] } }, 400, 'was not put'],
  ];

  test.each(CALLS.map((call) => ({ name: call[0], call })))('$name is refused with a JSON error', async ({ call }) => {
    const [, method, path, options, status, message] = call;
    await start();
    const answer = await ask(method, path, options);
    expect(answer).toMatchObject({ status, type: 'application/json', body: { code: 'LS_BAD_CALL' } });
    expect(answer.body.message).toContain(message);
    expect((await ask('GET', '/task')).status).toBe(200);
  });

  test('that is not HTTP gets a 400 and the server goes on', async () => {
    await start();
    const said = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(world.path, () => socket.write('\x16\x03\x01 not http\r\n\r\n'));
      socket.on('data', (chunk) => {
        text += chunk.toString('utf8');
      });
      socket.on('close', () => resolve(text)).on('error', reject);
    });
    expect(said).toContain('400 Bad Request');
    expect(said).toContain('LS_BAD_CALL');
    expect((await ask('GET', '/task')).status).toBe(200);
  });
});

describe('a barrier', () => {
  test('answers all ranks once the last one has called, gathered by rank', async () => {
    await start();
    const first = ask('POST', '/allGather', { rank: 1, body: { callSite: 'a.ts:1', payload: 'one' } });
    const second = ask('POST', '/allGather', { rank: 0, body: { callSite: 'a.ts:1', payload: 'zero' } });
    expect((await first).body).toEqual({ epoch: 0, payloads: ['zero', 'one'] });
    expect((await second).body).toEqual((await first).body);
  });

  test.each([
    ['LS_BARRIER_TIMEOUT', 408],
    ['LS_BARRIER_MISMATCH', 409],
    ['LS_STALE_ATTEMPT', 409],
    ['LS_CANCELLED', 410],
  ] as const)('that ends with %s says so', async (code, status) => {
    await start({ arrive: async () => ({ ok: false, code, message: 'because' }) });
    expect(await ask('POST', '/barrier', { body: {} })).toMatchObject({ status, body: { code, message: 'because' } });
  });

  test('that nobody answers any more is dropped when the server closes', async () => {
    await start();
    const waiting = ask('POST', '/barrier', { body: {} }).then(
      () => 'answered',
      () => 'dropped',
    );
    for (let waited = 0; world.waiting.length === 0 && waited < 500; waited++)
      await new Promise((r) => setTimeout(r, 10));
    await world.close();
    expect(await waiting).toBe('dropped');
  });
});

describe('shards', () => {
  test('of a rank are those of the manifest, fetched to disk once', async () => {
    const objects = memoryObjects();
    const put = async (key: string, bytes: Uint8Array) =>
      (await objects.put(`s3://${BUCKET}/${key}`, bytes)).etag as string;
    const shard = async (key: string, byte: number) => ({
      ...{ bucket: BUCKET, key, sizeBytes: 2, format: 'parquet' },
      etag: await put(key, Uint8Array.of(byte, byte)),
    });
    const byRank = [[await shard('a', 1)], [await shard('b', 2), await shard('c', 3)]];
    const manifest = { version: 2, runId: RUN_ID, byRank };
    await put(OBJECTS.shards(RUN_ID), Buffer.from(JSON.stringify(manifest)));
    await start({ objects });
    const { body } = await ask('GET', '/shards', { rank: 1 });
    expect(body).toEqual({
      shards: [
        { index: 0, key: 'b', sizeBytes: 2 },
        { index: 1, key: 'c', sizeBytes: 2 },
      ],
    });
    const fetched = await Promise.all([1, 1].map(() => ask('GET', '/shards/1', { rank: 1 })));
    expect(fetched[0]?.body).toEqual(fetched[1]?.body);
    expect([...readFileSync(fetched[0]?.body.path as string)]).toEqual([3, 3]);
    await objects.delete([`s3://${BUCKET}/c`]);
    expect((await ask('GET', '/shards/1', { rank: 1 })).status).toBe(200);
  });

  test('that were overwritten after they were staged are refused', async () => {
    const objects = memoryObjects();
    await objects.put(`s3://${BUCKET}/a`, Uint8Array.of(2));
    const byRank = [[{ bucket: BUCKET, key: 'a', etag: '"as-it-was-staged"', sizeBytes: 1, format: 'parquet' }]];
    const manifest = Buffer.from(JSON.stringify({ version: 2, runId: RUN_ID, byRank }));
    await objects.put(`s3://${BUCKET}/${OBJECTS.shards(RUN_ID)}`, manifest);
    await start({ objects });
    expect((await ask('GET', '/shards/0')).body).toMatchObject({ code: 'LS_INPUT_CHANGED' });
  });

  test('of a job without data are none', async () => {
    await start();
    expect((await ask('GET', '/shards')).body).toEqual({ shards: [] });
  });
});

test('tasks that are launchers hand over results and progress from any host', async () => {
  await start({ speaks: () => true });
  expect((await ask('PUT', '/result/m.txt', { rank: 1, bytes: Buffer.from('m') })).status).toBe(200);
  expect((await ask('POST', '/result', { rank: 1, body: { metrics: {}, files: ['m.txt'] } })).status).toBe(200);
  expect((await ask('POST', '/progress', { rank: 1, body: { step: 3, of: 9 } })).status).toBe(200);
  await expect.poll(() => world.progress.get(RUN_ID)).toMatchObject({ step: 3 });
});

describe('cancellation', () => {
  test('answers a long poll at once when the attempt stops', async () => {
    await start();
    const polled = ask('GET', '/cancelled?waitMs=20000');
    world.cancellation.cancel('rank 1 failed');
    expect((await polled).body).toEqual({ cancelled: true, reason: 'rank 1 failed', checkpointRequested: false });
  });

  test('answers a poll without waiting, and a long one at its end', async () => {
    await start();
    const body = { cancelled: false, checkpointRequested: false };
    expect((await ask('GET', '/cancelled')).body).toEqual(body);
    expect((await ask('GET', '/cancelled?waitMs=50')).body).toEqual(body);
    world.cancellation.requestCheckpoint();
    expect((await ask('GET', '/cancelled?waitMs=20000')).body).toEqual({ ...body, checkpointRequested: true });
  });
});

test('progress of rank 0 is stored, that of others is not', async () => {
  await start();
  await ask('POST', '/progress', { rank: 1, body: { step: 9, of: 10 } });
  await ask('POST', '/progress', { rank: 0, body: { step: 1, of: 10, metrics: { loss: 0.25 } } });
  for (let waited = 0; (await world.progress.get(RUN_ID)) === undefined && waited < 500; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(await world.progress.get(RUN_ID)).toEqual({ attempt: 0, step: 1, of: 10, metrics: { loss: 0.25 } });
});
