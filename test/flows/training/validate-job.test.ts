import { expect, test } from 'vitest';
import { OBJECTS } from '#core/names.ts';
import { validateJob } from '#flows/training/validate-job.ts';
import { document, errorOf, RUN, START, trainingWorld, uri } from './training-world.ts';

test('a job is resolved with its defaults, its gang is created in QUEUED, and the run is listed', async () => {
  const { ports, put, get } = trainingWorld();
  await put(OBJECTS.job(RUN), document());

  const state = await validateJob(ports, START);

  expect(state).toEqual({ ...START, queuedAt: 1_700_000_000, attempt: 0, next: 'admit', waitS: 0 });
  expect(await ports.control.read(RUN)).toMatchObject({
    phase: 'QUEUED',
    attempt: 0,
    epoch: 0,
    hosts: 2,
    worldSize: 4,
  });
  expect(await get(OBJECTS.job(RUN))).toMatchObject({ publish: 'digits', gang: { perTask: { gpu: 1 } } });
  expect(await ports.runs.list(10)).toEqual([
    { runId: RUN, kind: 'train', job: 'digits', startedAt: 1_700_000_000_000 },
  ]);
});

test('a job that lies elsewhere is copied to the run, and the state points at the copy', async () => {
  const { ports, put } = trainingWorld();
  await put('jobs/nightly.json', document());
  const state = await validateJob(ports, { ...START, jobUri: uri('jobs/nightly.json') });
  expect(state.jobUri).toBe(uri(OBJECTS.job(RUN)));
});

test('a job with data is staged next', async () => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), document({ data: { sql: { database: 'd', query: 'select 1' } } }));
  expect((await validateJob(ports, START)).next).toBe('stage');
});

test('the same call again, after a lost reply, succeeds', async () => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), document());
  const first = await validateJob(ports, START);
  expect(await validateJob(ports, START)).toEqual(first);
  expect(await ports.runs.list(10)).toHaveLength(1);
});

test('a run id that another job has is refused, and that run is left alone', async () => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), document());
  await validateJob(ports, START);
  const before = await ports.control.read(RUN);
  await put('other.json', document({ name: 'other' }));

  const error = await errorOf(validateJob(ports, { ...START, jobUri: uri('other.json') }));

  expect(error.code).toBe('LS_RUN_EXISTS');
  expect(await ports.control.read(RUN)).toEqual(before);
});

test.each([
  { why: 'an unknown key', changes: { gnag: {} }, code: 'LS_JOB_INVALID', message: /gnag/ },
  {
    why: 'a wrong type',
    changes: { gang: { hosts: 'two', instanceTypes: ['g5.xlarge'] } },
    code: 'LS_JOB_INVALID',
    message: /hosts/,
  },
  { why: 'another kind', changes: { kind: 'infer' }, code: 'LS_JOB_INVALID', message: /./ },
  {
    why: 'too many accelerators a task',
    changes: { gang: { hosts: 1, perTask: { gpu: 32 }, instanceTypes: ['g4dn.12xlarge'] } },
    code: 'LS_JOB_IMPOSSIBLE',
    message: /g4dn\.12xlarge has 4 accelerators/,
  },
  {
    why: 'a command without a code package',
    changes: { task: { command: ['python3', 'train.py'] } },
    code: 'LS_JOB_COMMAND_MISSING',
    message: /train\.py.*runs\/run-1\/code\.tgz/,
  },
])('$why is refused, and no gang is created', async ({ changes, code, message }) => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), document(changes));

  const error = await errorOf(validateJob(ports, START));

  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(await ports.control.read(RUN)).toBeUndefined();
});

test('a command with a code package is accepted', async () => {
  const { ports, put } = trainingWorld();
  await put(OBJECTS.job(RUN), document({ task: { command: ['python3', 'train.py'] } }));
  await put(OBJECTS.code(RUN), 'a package');
  expect((await validateJob(ports, START)).next).toBe('admit');
});

test('a job that is not there is refused', async () => {
  const { ports } = trainingWorld();
  expect((await errorOf(validateJob(ports, START))).code).toBe('LS_DATA_UNREADABLE');
});
