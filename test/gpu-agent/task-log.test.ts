import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { type LogShipper, startLogShipper } from '../../gpu-agent/log-shipper.ts';
import { createLines } from '../../gpu-agent/supervisor/lines.ts';
import { openTaskLog, type TaskLog, type TaskLogOptions } from '../../gpu-agent/supervisor/task-log.ts';

let folder: string;
let closed: AbortController;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-log-'));
  closed = new AbortController();
});
afterEach(() => {
  closed.abort();
  rmSync(folder, { recursive: true, force: true });
});

const open = (options?: TaskLogOptions, path = join(folder, '0/0.log')) => openTaskLog(path, options);
const say = (log: TaskLog, text: string | Buffer, stream: 'stdout' | 'stderr' = 'stdout') =>
  log.write(Buffer.from(text as string), stream);
const whole = (log: TaskLog) =>
  Buffer.concat([log.head(), log.sizes().endBytes > 0 ? log.end() : Buffer.alloc(0)]).toString('utf8');

describe('lines', () => {
  const through = (...chunks: readonly (string | Buffer)[]) => {
    const lines = createLines();
    const done = chunks.map((chunk) => lines.push(Buffer.from(chunk as string)).toString('utf8')).join('');
    return [done, lines.rest().toString('utf8')];
  };

  test.each([
    ['a plain line', ['a\n'], ['a\n', '']],
    ['a line in pieces', ['a', 'b', '\nc'], ['ab\n', 'c']],
    ['a progress bar, of which the last state stays', [' 1%\r 50%\r100%\ndone\n'], ['100%\ndone\n', '']],
    ['a bar that begins with its return', ['\r 1%', '\r 2%', '\r 3%'], ['', ' 3%']],
    ['a bar that ends with its return', [' 1%\r', ' 2%\r', '\n'], [' 2%\n', '']],
    ['lines of Windows', ['a\r\nb\r\n'], ['a\nb\n', '']],
    ['a line of Windows cut in its end', ['a\r', '\nb'], ['a\n', 'b']],
    ['text of any language, cut in a character', [Buffer.of(0xc3), Buffer.of(0xa9, 0x0a)], ['é\n', '']],
    ['colors', ['\u001b[31mred\u001b[0m\n'], ['\u001b[31mred\u001b[0m\n', '']],
    [
      'bytes that are no text',
      [Buffer.of(0x61, 0xff, 0xc3, 0xa9, 0x80, 0x00, 0x62, 0x0a)],
      ['a\\xffé\\x80\\x00b\n', ''],
    ],
  ])('of %s', (_, chunks, expected) => {
    expect(through(...chunks)).toEqual(expected);
  });

  test('that never end are passed on in pieces', () => {
    const [done, rest] = through('x'.repeat(20_000), 'y'.repeat(10));
    expect(done).toHaveLength(20_000);
    expect(rest).toBe('y'.repeat(10));
  });
});

describe('the log of a task', () => {
  test('holds whole lines of both streams, never one within the other', () => {
    const log = open();
    say(log, 'out 1, ');
    say(log, 'error 1\n', 'stderr');
    say(log, 'and more\n');
    expect(whole(log)).toBe('error 1\nout 1, and more\n');
  });

  test('keeps its beginning and its end, and says what lies between', () => {
    const log = open({ headBytes: 1000, endBytes: 1000 });
    for (let i = 0; i < 1000; i++) say(log, `line ${i}\n`);
    say(log, 'RuntimeError: the reason\n', 'stderr');
    const text = whole(log);
    expect(text).toMatch(/^line 0\nline 1\n/);
    expect(text).toMatch(/\nline 999\nRuntimeError: the reason\n$/);
    expect(text.length).toBeLessThan(2_200);
    const said =
      /\[lockstep: (\d+) bytes are left out, because a log keeps its first 1000 bytes and its last 1000\]/.exec(text);
    const written = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('').length + 25;
    expect(text.length - (said?.[0].length ?? 0) - 1 + Number(said?.[1])).toBe(written);
  });

  test('has the last words although no line end follows them', () => {
    const log = open();
    say(log, 'epoch 1\n');
    say(log, 'fatal: no', 'stderr');
    expect(log.lastWords()).toBe('fatal: no');
    log.close();
    expect(whole(log)).toBe('epoch 1\nfatal: no');
  });

  test('takes the last words from standard output where there is no other', () => {
    const log = open();
    say(log, 'Error: said on the wrong stream\n');
    expect(log.lastWords()).toBe('Error: said on the wrong stream');
  });

  test.each([
    ['is full', '/dev/full', 'ENOSPC'],
    ['has no place for it', '/dev/null/0.log', 'EEXIST'],
  ])('throws nothing where the disk %s, and keeps the end', (_, path, why) => {
    const log = open({}, path);
    say(log, 'epoch 1\n');
    say(log, 'Error: the reason\n', 'stderr');
    log.close();
    expect(whole(log)).toMatch(
      new RegExp(`lockstep: 0 bytes are left out, because the log cannot be written: .*${why}`),
    );
    expect(whole(log)).toMatch(/epoch 1\nError: the reason\n$/);
  });
});

describe('the copies of a log', () => {
  const at = runObjects({ bucket: 'b', runId: 'r' });
  const ship = (objects: Objects, ...logs: readonly TaskLog[]): LogShipper => {
    const log = jsonLog(() => {});
    const shipper = startLogShipper({
      objects,
      bucket: 'b',
      runId: 'r',
      clock: systemClock,
      log,
      signal: closed.signal,
    });
    shipper.follow({ attempt: 0, logs: logs.map((one, rank) => ({ rank, log: one })) });
    return shipper;
  };
  const read = async (objects: Objects, uri = at.log(0, 0)) =>
    (await objects.head(uri)) && Buffer.from((await objects.get(uri)).bytes).toString('utf8');
  const eventually = async (condition: () => Promise<boolean>, withinMs = 6_000) => {
    const started = performance.now();
    while (!(await condition()) && performance.now() - started < withinMs) await sleep(20);
    return await condition();
  };

  test('are there while the task runs, of its end as well where it has outgrown its beginning', async () => {
    const objects = memoryObjects();
    const log = open({ headBytes: 100, endBytes: 100 });
    const shipper = ship(objects, log);
    say(log, 'epoch 1\n');
    expect(await eventually(async () => (await read(objects)) === 'epoch 1\n')).toBe(true);
    for (let i = 0; i < 100; i++) say(log, `line ${i}\n`);
    expect(await eventually(async () => (await read(objects, at.logEnd(0, 0)))?.endsWith('line 99\n') === true)).toBe(
      true,
    );
    const beginning = await read(objects);
    await shipper.flush();
    expect(await read(objects)).toMatch(/^epoch 1\nline 0\n[\s\S]*bytes are left out[\s\S]*line 99\n$/);
    expect((await read(objects))?.startsWith(beginning as string)).toBe(true);
    expect(await read(objects, at.logEnd(0, 0))).toBeUndefined();
  });

  test('never go back: the last one wins although an earlier one is slow', async () => {
    const inner = memoryObjects();
    let calls = 0;
    const objects: Objects = {
      ...inner,
      async put(uri, body, condition) {
        const copy = Uint8Array.from(body);
        if (calls++ === 0) await sleep(300);
        return await inner.put(uri, copy, condition);
      },
    };
    const log = open();
    say(log, 'epoch 1\n');
    const shipper = ship(objects, log);
    await eventually(async () => calls > 0);
    say(log, 'Traceback: the reason\n', 'stderr');
    await shipper.flush();
    await sleep(500);
    expect(await read(inner)).toBe('epoch 1\nTraceback: the reason\n');
  });

  test('of one task are made although those of another cannot be', async () => {
    const inner = memoryObjects();
    const objects: Objects = {
      ...inner,
      put: (uri, body, condition) =>
        uri === at.log(0, 0) ? Promise.reject(new Error('no')) : inner.put(uri, body, condition),
    };
    const [first, second] = [open(), open({}, join(folder, '1.log'))];
    say(first, 'a\n');
    say(second, 'b\n');
    await ship(objects, first, second).flush();
    expect(await read(inner, at.log(0, 1))).toBe('b\n');
    expect(existsSync(join(folder, '1.log'))).toBe(true);
    expect(readFileSync(join(folder, '0/0.log'), 'utf8')).toBe('a\n');
  });
});
