import { readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Command, lockstep, processesAfter, stateFolder } from '../command.ts';
import { copyExample, type ExampleCopy } from '../example.ts';

const SQL_SOURCE = 'data:\n  sql:\n    database: digits\n    query: SELECT id, label, split, pixels FROM samples\n';

/**
 * What a user gets wrong, against one local cloud: a stable code, a message that names the thing, no host left and no
 * output that a reader could take for a result.
 */
describe('bad input', () => {
  const home = stateFolder();
  let prepared: ExampleCopy;
  let example: ExampleCopy;
  let cloud: Command;

  beforeAll(async () => {
    prepared = copyExample();
    cloud = lockstep(home.path, ['local', 'up', '--warehouse', prepared.path('data/warehouse')]);
    await cloud.until(/is up/);
  });
  beforeEach(() => {
    example = copyExample();
    // The same warehouse as the cloud's, so that every run takes place in that cloud.
    example.edit('train.yaml', './data/warehouse', prepared.path('data/warehouse'));
  });
  afterEach(() => example.remove());
  afterAll(async () => {
    cloud.child.kill('SIGTERM');
    await cloud.ended;
    expect(await processesAfter(home.path, 5_000)).toEqual([]);
    prepared.remove();
    home.remove();
  });

  interface Case {
    readonly what: string;
    readonly job: 'train' | 'infer';
    readonly spoil: () => void;
    readonly code: string;
    readonly exit: number;
    readonly says: RegExp;
  }
  const CASES: readonly Case[] = [
    {
      what: 'an unknown key',
      job: 'train',
      spoil: () => example.edit('train.yaml', 'tasksPerHost: 2', 'taskPerHost: 2'),
      ...{ code: 'LS_JOB_INVALID', exit: 3, says: /taskPerHost.*tasksPerHost/s },
    },
    {
      what: 'a wrong type',
      job: 'train',
      spoil: () => example.edit('train.yaml', 'hosts: 2', 'hosts: two'),
      ...{ code: 'LS_JOB_INVALID', exit: 3, says: /hosts/ },
    },
    {
      what: 'more GPUs a task than any instance type has',
      job: 'train',
      spoil: () => example.edit('train.yaml', 'gpu: 1', 'gpu: 64'),
      ...{ code: 'LS_JOB_IMPOSSIBLE', exit: 3, says: /g7e\.12xlarge.*2/s },
    },
    {
      what: 'more hosts than there is capacity',
      job: 'train',
      spoil: () => {
        example.edit('train.yaml', 'hosts: 2', 'hosts: 60');
        example.edit('train.yaml', SQL_SOURCE, '');
      },
      ...{ code: 'LS_QUOTA', exit: 5, says: /60/ },
    },
    {
      what: 'a module that is not there',
      job: 'train',
      spoil: () => example.edit('train.yaml', './train.ts', './trian.ts'),
      ...{ code: 'LS_JOB_COMMAND_MISSING', exit: 3, says: /trian\.ts/ },
    },
    {
      what: 'a query that the warehouse refuses',
      job: 'train',
      spoil: () => example.edit('train.yaml', 'SELECT id, label', 'SELECT id, labell'),
      ...{ code: 'LS_QUERY_FAILED', exit: 4, says: /labell/ },
    },
    {
      what: 'a table that does not exist',
      job: 'train',
      spoil: () => example.edit('train.yaml', 'FROM samples', 'FROM sample'),
      ...{ code: 'LS_QUERY_FAILED', exit: 4, says: /sample/ },
    },
    {
      what: 'a query without rows',
      job: 'train',
      spoil: () => example.edit('train.yaml', 'FROM samples', 'FROM samples WHERE label > 10'),
      ...{ code: 'LS_DATA_EMPTY', exit: 4, says: /./ },
    },
    {
      what: 'a data source that cannot be read',
      job: 'train',
      spoil: () =>
        example.edit(
          'train.yaml',
          SQL_SOURCE,
          'data:\n  s3:\n    uri: s3://no-such-bucket/digits/\n    format: parquet\n',
        ),
      ...{ code: 'LS_DATA_UNREADABLE', exit: 4, says: /no-such-bucket/ },
    },
    {
      what: 'a model that is not ONNX',
      job: 'infer',
      spoil: () => writeFileSync(example.path('model.onnx'), 'PK not a model'),
      ...{ code: 'LS_MODEL_UNREADABLE', exit: 4, says: /model/ },
    },
    {
      what: 'a model whose input does not fit the column',
      job: 'infer',
      spoil: () => example.edit('infer.yaml', '{ pixels: pixels }', '{ pixels: label }'),
      ...{ code: 'LS_MODEL_MISMATCH', exit: 4, says: /pixels.*784.*label.*Int32/is },
    },
    {
      what: 'a truncated Arrow file',
      job: 'infer',
      spoil: () => truncateSync(example.path('data/batch/digits-2.arrow'), 5_000_000),
      ...{ code: 'LS_ARROW_CORRUPT', exit: 4, says: /digits-2\.arrow/ },
    },
    {
      what: 'an input prefix that holds nothing',
      job: 'infer',
      spoil: () => example.edit('infer.yaml', './data/batch', 's3://lockstep/nothing/here/'),
      ...{ code: 'LS_DATA_', exit: 4, says: /nothing/ },
    },
  ];

  it.each(CASES)('$what: $code', async ({ job, spoil, code, exit, says }) => {
    spoil();
    const ended = await lockstep(home.path, [job, example.path(`${job}.yaml`), '--json']).ended;
    expect(ended.summary, ended.stderr).toMatchObject({ ok: false, code: expect.stringContaining(code) });
    expect(ended.summary?.message).toMatch(says);
    expect(ended.summary?.remedy).toMatch(/\w/);
    expect(ended.code).toBe(exit);
    expect(visibleOutputs(home.path)).toEqual([]);
  });

  it('leaves no host of any of those runs', async () => {
    const status = await lockstep(home.path, ['status', '--json']).ended;
    expect(status.code, status.stderr).toBe(0);
    expect(await liveInstances(home.path)).toEqual([]);
  });
});

describe('a busy port', () => {
  it('is named before anything is started', async () => {
    const home = stateFolder();
    const { createServer } = await import('node:net');
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, summary, stderr } = await lockstep(home.path, ['local', 'up', '--port', `${port}`, '--json']).ended;
    server.close();
    expect(summary, stderr).toMatchObject({ ok: false, code: 'LS_PORT_BUSY' });
    expect(summary?.message).toContain(String(port));
    expect(code).toBe(2);
    expect(await processesAfter(home.path, 2_000)).toEqual([]);
    home.remove();
  });
});

/** Committed manifests that a reader would find below the state folder, in the stores of clouds and in kept runs. */
function visibleOutputs(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /(_SUCCESS|\/manifest)\.json/.test(name) && statSync(join(folder, name)).isFile(),
  );
}

async function liveInstances(folder: string): Promise<readonly unknown[]> {
  const cloudFile = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('cloud.json'),
  );
  const { fleetControlUrl } = await import(join(folder, cloudFile ?? ''), { with: { type: 'json' } }).then(
    (m) => m.default,
  );
  const instances = (await (await fetch(`${fleetControlUrl}/instances`)).json()) as readonly {
    readonly state: string;
  }[];
  return instances.filter(({ state }) => state !== 'terminated');
}
