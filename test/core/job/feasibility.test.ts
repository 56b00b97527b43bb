import { expect, test } from 'vitest';
import { GANG_DEFAULTS, TRAIN_LIMITS } from '#core/job/defaults.ts';
import { checkFeasible, rosterBytesMax } from '#core/job/feasibility.ts';
import type { GangRequest, TrainJob } from '#core/job/job.ts';

const job = (gang: Partial<GangRequest>): TrainJob => ({
  kind: 'train',
  name: 'digits',
  gang: { ...GANG_DEFAULTS, hosts: 2, instanceTypes: ['g4dn.12xlarge'], ...gang },
  task: { command: ['node', 'train.js'], env: {} },
  limits: TRAIN_LIMITS,
  publish: 'digits',
});

const refusal = (impossible: TrainJob): { code: string; message: string; remedy: string } => {
  try {
    checkFeasible(impossible);
  } catch (error) {
    return error as { code: string; message: string; remedy: string };
  }
  throw new Error('was not refused');
};

test('tasks that use every accelerator of the host fit', () => {
  expect(() => checkFeasible(job({ tasksPerHost: 4, perTask: { gpu: 1 } }))).not.toThrow();
  expect(() => checkFeasible(job({ tasksPerHost: 2, perTask: { gpu: 2 } }))).not.toThrow();
  expect(() => checkFeasible(job({ tasksPerHost: 36, perTask: { gpu: 1 / 9 } }))).not.toThrow();
});

test('tasks without accelerators fit any host', () => {
  expect(() =>
    checkFeasible(job({ tasksPerHost: 8, perTask: { gpu: 0 }, instanceTypes: ['c7i.4xlarge'] })),
  ).not.toThrow();
});

test('every instance type that cannot hold its tasks is named with its reason', () => {
  const { code, message } = refusal(
    job({ tasksPerHost: 4, instanceTypes: ['g4dn.12xlarge', 'g4dn.xlarge', 'g5.xlarge'] }),
  );
  expect(code).toBe('LS_JOB_IMPOSSIBLE');
  expect(message).toContain('g4dn.xlarge has 1 accelerators and so holds 1 tasks of 1, but gang.tasksPerHost is 4');
  expect(message).toContain('g5.xlarge has 1 accelerators');
  expect(message).not.toContain('g4dn.12xlarge');
});

test('an instance type that is not known is refused with the name that was probably meant, and its own remedy', () => {
  const { code, message, remedy } = refusal(job({ instanceTypes: ['g4dn.12xlarge', 'g4dn.12xlrge', 'imaginary'] }));
  expect(code).toBe('LS_JOB_IMPOSSIBLE');
  expect(message).toBe(
    'g4dn.12xlrge is not an instance type that Lockstep knows; did you mean g4dn.12xlarge?; ' +
      'imaginary is not an instance type that Lockstep knows',
  );
  expect(remedy).toBe('Correct `gang.instanceTypes`.');
});

test('more accelerators a task than any host has is refused', () => {
  expect(refusal(job({ perTask: { gpu: 16 } })).message).toMatch(/holds 0 tasks of 16/);
});

test('a gang larger than one launch is refused', () => {
  expect(refusal(job({ hosts: 1001 })).message).toMatch(/gang.hosts is 1001/);
});

test('a gang whose roster does not fit into a transaction is refused, with the number of hosts that would', () => {
  const wide = { tasksPerHost: 64, perTask: { gpu: 0.125 } };
  expect(() => checkFeasible(job({ hosts: 800, tasksPerHost: 8, perTask: { gpu: 0.5 } }))).not.toThrow();
  const { message } = refusal(job({ ...wide, hosts: 1000 }));
  const most = Number(/holds at most (\d+) such hosts/.exec(message)?.[1]);
  expect(rosterBytesMax({ ...job(wide).gang, hosts: most })).toBeLessThanOrEqual(3.5 * 2 ** 20);
  expect(rosterBytesMax({ ...job(wide).gang, hosts: most + 1 })).toBeGreaterThan(3.5 * 2 ** 20);
});

test('restarts that the history of an execution has no room for are refused, with the number that it has room for', () => {
  const allowing = (user: number, preemption: number): TrainJob => {
    const one = job({});
    return { ...one, limits: { ...one.limits, restarts: { user, infrastructure: 0, preemption } } };
  };
  expect(() => checkFeasible(allowing(100, 100))).not.toThrow();
  expect(refusal(allowing(100, 101)).message).toMatch(/limits.restarts add up to 201, .* has room for 200/);
});
