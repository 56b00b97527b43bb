import { expect, it } from 'vitest';
import type { GangRequest } from '#core/job/job.ts';
import { taskCommand } from '#core/launch/mpirun.ts';

const gang = (hosts: number, tasksPerHost: number): GangRequest => ({
  ...{ hosts, tasksPerHost, perTask: { gpu: 0 }, instanceTypes: [], zones: [], markets: [], priority: 0 },
});

it.each([
  ['mpirun over several hosts is one', ['/usr/bin/mpirun', '-np', '4', 'a.out'], gang(2, 1), true],
  ['mpiexec, too', ['mpiexec', 'a.out'], gang(3, 1), true],
  ['on one host it is as it stands', ['mpirun', 'a.out'], gang(1, 1), false],
  ['beside other tasks of its host it is as it stands', ['mpirun', 'a.out'], gang(2, 2), false],
  ['a program that is another is as it stands', ['python3', 'mpirun'], gang(2, 1), false],
])('%s', (_what, command, request, isOne) => {
  const over = isOne ? ['python3', '-m', 'lockstep.mpi'] : [];
  expect(taskCommand(command, request)).toEqual([...over, ...command]);
});
