/** `mpirun` as the command of a gang: one, on the host of rank 0, starts the processes on all hosts. */
import type { GangRequest } from '../job/job.ts';

/** Names under which Open MPI's launcher goes. */
const LAUNCHERS = ['mpirun', 'mpiexec', 'orterun', 'prterun'];

/** Stands in for ssh between the hosts, and runs the command on the first of them alone; python/lockstep/mpi.py. */
const OVER_ALL_HOSTS = ['python3', '-m', 'lockstep.mpi'];

/**
 * What a task is started with. Several hosts that each ran an `mpirun` would be as many worlds of MPI, none of which knows of
 * the others: so where it is the only task of its host, there is one for all.
 */
export function taskCommand(command: readonly string[], { hosts, tasksPerHost }: GangRequest): readonly string[] {
  const program = command[0]?.split('/').at(-1) ?? '';
  return hosts > 1 && tasksPerHost === 1 && LAUNCHERS.includes(program) ? [...OVER_ALL_HOSTS, ...command] : command;
}
