import { describe, expect, test } from 'vitest';
import { errorText } from '#core/launch/error-text.ts';

const FRAME =
  '  File "/opt/conda/lib/python3.11/site-packages/torch/nn/module.py", line 1000, in forward\n    return self.f(x)\n';
const traceback = (error: string, frames = 3) =>
  `Traceback (most recent call last):\n${FRAME.repeat(frames)}${error}\n`;
const OOM = 'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 GiB';

/** What torchrun of torch 2.13 prints below the traceback of its worker. */
const BANNER = `E1125 04:00:00.000000 123 torch/distributed/elastic/multiprocessing/api.py:984] failed (exitcode: 1) local_rank: 0 (pid: 130) of binary: /usr/bin/python3
${traceback('torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ')}============================================================
train.py FAILED
------------------------------------------------------------
Failures:
  <NO_OTHER_FAILURES>
------------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2026-11-25_04:00:00
  host      : vm
  rank      : 0 (local_rank: 0)
  exitcode  : 1 (pid: 130)
  error_file: <N/A>
  traceback : To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html
============================================================
`;

const first = (words: string) => errorText(words).split('\n')[0];

describe('the line that names the error comes first', () => {
  test.each([
    ['a Python traceback', traceback("ValueError: unknown column 'lable'"), "ValueError: unknown column 'lable'"],
    ['a traceback longer than the text may be', traceback(OOM, 60), OOM],
    ['a traceback whose lines torch has prefixed', traceback(OOM).replaceAll(/^/gm, '[rank1]: '), OOM],
    ['a traceback below a long progress bar', `${'#'.repeat(1500)}\n${traceback(OOM)}`, OOM],
    ['a traceback on the line of a bar', `${'#'.repeat(1500)}\r${traceback(OOM)}`, OOM],
    ["a traceback above a launcher's banner", traceback(OOM) + BANNER, OOM],
    [
      'a chain of exceptions, of which the last counts',
      `${traceback('KeyError: 1')}\nDuring handling of the above exception, another exception occurred:\n\n${traceback(OOM)}`,
      OOM,
    ],
    ['an exception without a message', traceback('KeyboardInterrupt'), 'KeyboardInterrupt'],
    [
      'Node',
      'file:///app/task.mjs:3\nthrow new TypeError("x");\n^\n\nTypeError: x is no table\n    at main (file:///app/task.mjs:3:7)\n\nNode.js v24.0.0\n',
      'TypeError: x is no table',
    ],
    ['Node with a code', 'node:fs:1\n\nError [ERR_X]: no such thing\n    at f (x:1)', 'Error [ERR_X]: no such thing'],
    [
      'Java',
      'Exception in thread "main" java.lang.IllegalStateException: no data\n\tat A.main(A.java:1)',
      'Exception in thread "main" java.lang.IllegalStateException: no data',
    ],
    [
      'Go',
      'panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()',
      'panic: runtime error: index out of range',
    ],
    [
      'Rust',
      "thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds",
      "thread 'main' panicked at src/main.rs:2:5:",
    ],
    [
      'C++',
      "terminate called after throwing an instance of 'std::runtime_error'\n  what():  no device\nAborted",
      'what():  no device',
    ],
  ])('of %s', (_, words, line) => {
    expect(first(words)).toBe(line);
    expect(errorText(words).length).toBeLessThanOrEqual(1500);
  });

  test('with the frames nearest to the error below it', () => {
    const words = traceback(OOM, 60).replace(
      /File "[^"]+", line 1000, in forward\n {4}return self.f\(x\)\nt/,
      'File "train.py", line 7, in step\n    loss.backward()\nt',
    );
    expect(errorText(words)).toMatch(/train\.py", line 7, in step\n {4}loss\.backward\(\)$/);
  });

  test('with its beginning and its end, where it alone is longer than the text may be', () => {
    const text = errorText(traceback(`ValueError: ${'x'.repeat(5000)} is not a shape`));
    expect(text).toMatch(/^ValueError: x+…x+ is not a shape$/);
    expect(text).toHaveLength(1500);
  });
});

test('the last words of a program that names no error are its last lines', () => {
  const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`);
  expect(errorText(lines.join('\n')).split('\n')).toEqual(lines.slice(-12));
  expect(errorText('')).toBe('');
  expect(errorText(`a\n${'b'.repeat(4000)}the reason`)).toMatch(/^…b+the reason$/);
});

test("only a launcher's traceback is better than none", () => {
  expect(first(BANNER)).toContain('ChildFailedError');
});
