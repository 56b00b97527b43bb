import { describe, expect, it } from 'vitest';
import { remoteInferJob } from '#formats/job/remote-job.ts';

const nullsOf = (nulls: unknown, predict: object = {}) =>
  remoteInferJob(
    JSON.stringify({ kind: 'infer', name: 'churn', model: 's3://b/m.onnx', nulls, predict }),
    'job.json',
    's3://b/in/',
  ).nulls;

describe('`nulls` in a job document', () => {
  it.each([
    [undefined, undefined],
    ['nan', { '*': 'nan' }],
    [0, { '*': { value: 0 } }],
    ['unknown', { '*': { value: 'unknown' } }],
    [
      { age: 'nan', city: 'nowhere', '*': 'error', word: { value: 'nan' }, value: -1 },
      { age: 'nan', city: { value: 'nowhere' }, '*': 'error', word: { value: 'nan' }, value: { value: -1 } },
    ],
  ])('%j is %j, and is so again when the job is sent on', (written, meant) => {
    expect(nullsOf(written)).toEqual(meant);
    expect(nullsOf(meant)).toEqual(meant);
  });

  it.each([[['nan']], [true], [{ age: true }], [{ age: { fill: 0 } }], ['']])('refuses %j', (written) => {
    expect(() => nullsOf(written)).toThrow(/nulls/);
  });

  it('is refused beside a program, which is given the nulls', () => {
    const written = JSON.stringify({
      kind: 'infer',
      name: 'x',
      model: 's3://b/m.mjs',
      nulls: 'nan',
      predict: { kind: 'module' },
    });
    expect(() => remoteInferJob(written, 'job.json', 's3://b/in/')).toThrow(
      /no `nulls` beside `predict: \{ kind: module \}`/,
    );
  });
});
