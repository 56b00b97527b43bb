import { describe, expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import { parseDocumentText } from '#formats/job/document.ts';
import { predictSpec } from '#formats/job/predict-spec.ts';
import type { InferDocument } from '#formats/job/schema.ts';

const TRAIN = {
  kind: 'train',
  name: 'digits',
  gang: { hosts: 2, instanceTypes: ['g5.12xlarge'] },
  task: { module: './train.ts' },
};
const INFER = { kind: 'infer', name: 'digits', model: './model.onnx', input: ['./data'] };

const parse = (document: unknown) =>
  parseDocumentText(typeof document === 'string' ? document : JSON.stringify(document), 'job.yaml');

/** What is wrong with a document, without its heading and places. */
function wrongWith(document: unknown): readonly string[] {
  try {
    parse(document);
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    expect(error.code).toBe('LS_JOB_INVALID');
    const lines = error.message.split('\n').map((line) => line.trim());
    const problems = lines.length > 1 ? lines.slice(1) : lines;
    return problems.map((line) => line.replace(/^job\.yaml:\d+:\d+ /, ''));
  }
  return [];
}

describe('what exits mean', () => {
  const limits = (exitCodes: object) => JSON.stringify({ ...TRAIN, limits: { exitCodes } });

  it('is said by code and by signal, and nothing else', () => {
    expect(parse(JSON.parse(limits({ 75: 'infrastructure', SIGBUS: 'fail' })))).toMatchObject({
      limits: { exitCodes: { 75: 'infrastructure', SIGBUS: 'fail' } },
    });
    for (const key of ['0', '256', '-1', 'bus', '1.5']) {
      expect(wrongWith(limits({ [key]: 'user' }))).toEqual([
        expect.stringMatching(/exitCodes.*exit codes from 1 to 255/),
      ]);
    }
    expect(wrongWith(limits({ 1: 'retry' }))).toEqual([expect.stringMatching(/exitCodes/)]);
  });
});

describe('a job document', () => {
  it('gets every default', () => {
    expect(parse(TRAIN)).toEqual({
      kind: 'train',
      name: 'digits',
      gang: {
        hosts: 2,
        tasksPerHost: 1,
        perTask: { gpu: 1 },
        launch: 'perTask',
        instanceTypes: ['g5.12xlarge'],
        zones: [],
        markets: ['on-demand'],
        priority: 0,
      },
      task: { module: './train.ts', files: [], env: {}, visibility: 'host' },
      limits: {
        maxDurationS: 86_400,
        maxQueueS: 1800,
        formTimeoutS: 600,
        barrierTimeoutS: 600,
        graceS: 10,
        checkpoints: 3,
        exitSpreadS: 21_600,
        exitCodes: {},
        restarts: { user: 0, infrastructure: 3, preemption: 10 },
      },
    });
    expect(parse(INFER)).toEqual({
      ...INFER,
      columns: {},
      compute: 'lambda',
      predict: { kind: 'onnx', softmax: false, as: 'prediction' },
      output: { keep: 'all', format: 'arrow' },
      limits: { partitionBytes: 33_554_432, microBatchRows: 8192, maxConcurrency: 16 },
    });
  });

  it('keeps the other defaults of a group in which only one is given', () => {
    const document = parse({ ...TRAIN, limits: { graceS: 3, restarts: { user: 2 } } });
    expect(document).toMatchObject({ limits: { graceS: 3, maxQueueS: 1800, restarts: { user: 2, preemption: 10 } } });
  });

  it.each([
    ['an unknown key at the top', { ...TRAIN, gangs: {} }, ['unknown key "gangs"; did you mean "gang"?']],
    [
      'an unknown key inside',
      { ...TRAIN, task: { modul: 'x', module: 'y' } },
      ['task: unknown key "modul"; did you mean "module"?'],
    ],
    [
      'an unknown key that is near to none',
      { ...TRAIN, limits: { patience: 3 } },
      [
        'limits: unknown key "patience"; known are maxDurationS, maxQueueS, formTimeoutS, barrierTimeoutS, graceS, checkpoints, exitSpreadS, stallS, stallLog, exitCodes, restarts',
      ],
    ],
    [
      'a text for a number',
      { ...TRAIN, gang: { ...TRAIN.gang, hosts: 'two' } },
      ['gang.hosts: expected a whole number from 1 to 512, got "two"'],
    ],
    [
      'a fraction of a host',
      { ...TRAIN, gang: { ...TRAIN.gang, hosts: 1.5 } },
      ['gang.hosts: expected a whole number from 1 to 512, got 1.5'],
    ],
    [
      'no host',
      { ...TRAIN, gang: { ...TRAIN.gang, hosts: 0 } },
      ['gang.hosts: expected a whole number from 1 to 512, got 0'],
    ],
    [
      'a number with a unit',
      { ...TRAIN, limits: { graceS: '10s' } },
      ['limits.graceS: expected a whole number from 1 to 600, got "10s"'],
    ],
    [
      'less than no GPU',
      { ...TRAIN, gang: { ...TRAIN.gang, perTask: { gpu: -1 } } },
      ['gang.perTask.gpu: expected a number from 0 to 64, got -1'],
    ],
    [
      'a missing group',
      { kind: 'train', name: 'x', task: TRAIN.task },
      [
        'gang: is missing; expected a mapping with hosts, tasksPerHost, perTask, launch, instanceTypes, zones, markets, priority',
      ],
    ],
    [
      'no instance type',
      { ...TRAIN, gang: { hosts: 1, instanceTypes: [] } },
      ['gang.instanceTypes: expected a list of 1 or more, got an empty list'],
    ],
    [
      'an unknown market',
      { ...TRAIN, gang: { ...TRAIN.gang, markets: ['spott'] } },
      ['gang.markets[0]: expected one of capacity-block, reservation, spot, on-demand, got "spott"'],
    ],
    [
      'both a module and a command',
      { ...TRAIN, task: { module: 'a', command: ['b'] } },
      ['task: expected exactly one of `module`, `command`, got a mapping with module, command'],
    ],
    ['neither', { ...TRAIN, task: {} }, ['task: expected exactly one of `module`, `command`, got an empty mapping']],
    [
      'an empty command',
      { ...TRAIN, task: { command: [] } },
      ['task.command: expected a list of 1 or more, got an empty list'],
    ],
    [
      'two sources of data',
      { ...TRAIN, data: { sql: { database: 'a', query: 'b' }, s3: { uri: 's3://a/b' } } },
      ['data: expected exactly one of `sql`, `s3`, got a mapping with sql, s3'],
    ],
    [
      'an address that is not one of S3',
      { ...TRAIN, data: { s3: { uri: '/data' } } },
      ['data.s3.uri: expected an s3:// address, got "/data"'],
    ],
    [
      'a name with capitals',
      { ...TRAIN, name: 'Digits' },
      ['name: expected lower case letters, digits and hyphens, at most 40 of them, got "Digits"'],
    ],
    [
      'a name that is too long',
      { ...TRAIN, name: 'd'.repeat(41) },
      [`name: expected lower case letters, digits and hyphens, at most 40 of them, got "${'d'.repeat(41)}"`],
    ],
    [
      'one path where a list belongs',
      { ...INFER, input: './data' },
      ['input: expected a list of 1 or more, or a mapping with from, match, sql, got "./data"'],
    ],
    [
      'a rule of what is data without a place',
      { ...INFER, input: { match: ['*.parquet'] } },
      ['input: expected exactly one of `from`, `sql`, got a mapping with match'],
    ],
    [
      'files and a query',
      { ...INFER, input: { from: ['./data'], sql: { database: 'd', query: 'q' } } },
      ['input: expected exactly one of `from`, `sql`, got a mapping with from, sql'],
    ],
    [
      'a rule of files beside a query',
      { ...INFER, input: { match: ['*'], sql: { database: 'd', query: 'q' } } },
      ['input: expected no `match` beside `sql`: it chooses among the files of folders, got a mapping with match, sql'],
    ],
    [
      'columns that are no names',
      { ...INFER, columns: { x: [] } },
      ['columns.x: expected a list of 1 or more, got an empty list'],
    ],
    [
      'an unknown way to keep columns',
      { ...INFER, output: { keep: 'some' } },
      ['output.keep: expected "all", or a list, got "some"'],
    ],
    [
      'a kernel that there is not',
      { ...INFER, predict: { kernel: 'regress' } },
      ['predict.kernel: expected "argmax", got "regress"'],
    ],
    [
      'an unknown kind',
      { ...TRAIN, kind: 'trian' },
      ['kind: expected one of train, infer, pipeline, stream, got "trian"'],
    ],
    ['no kind', { name: 'x' }, ['kind: is missing; expected one of train, infer, pipeline, stream']],
    ['nothing', '', ['expected a mapping that begins with `kind: train`, `infer`, `pipeline` or `stream`']],
    ['a list', '- kind: train', ['expected a mapping that begins with `kind: train`, `infer`, `pipeline` or `stream`']],
  ])('is refused for %s', (_what, document, expected) => {
    expect(wrongWith(document)).toEqual(expected);
  });

  it('says everything that is wrong at once, each with its place, in the order of the file', () => {
    const text = `kind: train
name: digits
gang:
  hosts: two
  instanceType: [g5.12xlarge]
task:
  module: ./train.ts
limits:
  restarts: { user: -1 }
`;
    expect(() => parse(text)).toThrow(
      new LockstepError(
        'LS_JOB_INVALID',
        `job.yaml has 4 problems:
  job.yaml:4:3 gang.instanceTypes: is missing; expected a list of 1 or more
  job.yaml:4:10 gang.hosts: expected a whole number from 1 to 512, got "two"
  job.yaml:5:3 gang: unknown key "instanceType"; did you mean "instanceTypes"?
  job.yaml:9:21 limits.restarts.user: expected a whole number from 0 to 1000, got -1`,
      ),
    );
  });

  it('is refused with the place where it is no YAML', () => {
    expect(() => parse('kind: train\ngang: [')).toThrow(/^job\.yaml:2:\d+ /);
    expect(() => parse('kind: train\nkind: infer')).toThrow('job.yaml:2:1 Map keys must be unique');
  });

  it('is refused where it is a second document, or an alias without its anchor', () => {
    expect(() => parse('kind: train\n---\nkind: infer')).toThrow(
      'job.yaml:2:1 a second YAML document begins; a job file holds one',
    );
    expect(() => parse('kind: train\nname: *name')).toThrow(/^job\.yaml:1:1 Unresolved alias.*name/);
  });

  it('is refused before its aliases grow to billions of nodes', () => {
    const levels = Array.from({ length: 12 }, (_, i) => {
      const items = Array(9).fill(i === 0 ? 'x' : `*a${i - 1}`);
      return `a${i}: &a${i} [${items.join(', ')}]`;
    });
    expect(() => parse(['kind: train', ...levels].join('\n'))).toThrow(/^job\.yaml:1:1 Excessive alias count/);
  });

  it('is refused where it has what no program can be given', () => {
    const task = { command: ['ls', 'a\0b'], env: { 'A=B': '1', OK_1: 'a\0b' } };
    expect(wrongWith({ ...TRAIN, task })).toEqual([
      'task.command[1]: expected a text without the character NUL, got "a\\u0000b"',
      'task.env: expected names of letters, digits and underscores, got a mapping with A=B, OK_1',
      'task.env.OK_1: expected a text without the character NUL, got "a\\u0000b"',
    ]);
  });

  it('is refused where it is no text, or far too much of it', () => {
    expect(() => parse('kind: train\nname: a\0b')).toThrow('job.yaml is not a text in UTF-8');
    expect(() => parse(Buffer.from([0x6b, 0xff, 0xfe]).toString('utf8'))).toThrow('job.yaml is not a text in UTF-8');
    const long = `kind: train\n${'a: 1\n'.repeat(100_000)}`;
    expect(() => parse(long)).toThrow(/^job\.yaml has 500012 characters; expected at most 131072 /);
  });

  it.each([
    [{ predict: { kind: 'module', top: 3 } }, '`timeoutS` and `as` alone beside `kind: module`'],
    [{ predict: { kind: 'module', softmax: true } }, '`timeoutS` and `as` alone beside `kind: module`'],
    [{ predict: { timeoutS: 3 } }, 'no `timeoutS` nor `python` beside `kind: onnx`'],
    [{ predict: { kind: 'module' }, columns: { x: 'a' } }, 'a module is given every column'],
    [
      { model: 'published:digits', predict: { kind: 'module' } },
      '`predict: { kind: onnx }` beside a published model, which is an ONNX file',
    ],
    [{ predict: { kind: 'module', python: 'python3' } }, '`python` too beside `kind: python`'],
    [{ predict: { python: 'python3' } }, 'no `timeoutS` nor `python` beside `kind: onnx`'],
    [{ predict: { kind: 'python', top: 3 } }, '`python` too beside `kind: python`'],
    [{ predict: { kind: 'python' }, columns: { x: 'a' } }, 'so is a Python program'],
    [{ model: 'predict.py' }, '`predict: { kind: python }` beside one in Python'],
    [{ model: 'predict.py', predict: { kind: 'module' } }, '`predict: { kind: python }` beside one in Python'],
    [{ model: 'predict.ts' }, '`predict: { kind: module }` beside a model in TypeScript or JavaScript'],
  ])('is refused where it mixes kinds of `predict`: %o', (changes, message) => {
    expect(wrongWith({ ...INFER, ...changes }).join('\n')).toContain(message);
  });

  it('takes a module with its limit', () => {
    const { predict } = parse({
      ...INFER,
      model: 'predict.ts',
      predict: { kind: 'module', timeoutS: 5 },
    }) as InferDocument;
    expect(predictSpec(predict)).toEqual({ kind: 'module', as: 'prediction', timeoutS: 5 });
  });

  it('takes a Python program with its interpreter, which is python3 where it is not said', () => {
    const spec = (predict: object) =>
      predictSpec((parse({ ...INFER, model: 'predict.py', predict }) as InferDocument).predict);
    const rest = { kind: 'python', as: 'prediction', timeoutS: 60 };
    expect(spec({ kind: 'python' })).toEqual({ ...rest, python: 'python3' });
    expect(spec({ kind: 'python', python: './.venv' })).toEqual({ ...rest, python: './.venv' });
  });

  it('has only the first of very many problems listed, and none of them at length', () => {
    const keys = Array.from({ length: 3_000 }, (_, i) => `key${i}: ${i}`);
    const error = catching(() => parse(['kind: train', ...keys].join('\n')));
    expect(error.message.split('\n')).toHaveLength(22);
    expect(error.message).toMatch(/^job\.yaml has 300\d problems:[\s\S]*\n {2}and 298\d more$/);
    expect(catching(() => parse(`kind: ${'x'.repeat(9_999)}`)).message.length).toBeLessThan(400);
  });
});

function catching(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
