import { LockstepError } from '../errors.ts';
import { addressesOf, INSTANCE_TYPES } from '../resources/instance-types.ts';
import { taskSlots } from '../resources/units.ts';
import type { GangRequest, TrainJob } from './job.ts';
import { orMeant } from './nearest.ts';

/** Hosts of one gang: a launch call takes no more, and a launch is all or nothing. */
const HOSTS_MAX = 1000;

/** Restarts that the history of one execution has room for beside everything else, see core/training/pace.ts. */
export const RESTARTS_MAX = 200;

const FEWER_HOSTS = 'Ask for fewer hosts, of a larger instance type.';

/** A roster is sealed in one transaction of DynamoDB, which takes 4 MB; the rest is for keys, and for the control item. */
const ROSTER_MAX_BYTES = 3.5 * 2 ** 20;

/** The most that the roster of a gang can take, in bytes: names, addresses and ports at their longest. */
export function rosterBytesMax({ hosts, tasksPerHost, perTask }: GangRequest): number {
  return 1024 + hosts * hostBytesMax(tasksPerHost, perTask.gpu);
}

const hostBytesMax = (tasksPerHost: number, gpu: number): number => 200 + tasksPerHost * (50 + 5 * Math.ceil(gpu));

/**
 * Refuses a job that no capacity could ever run, before anything is acquired: LS_JOB_IMPOSSIBLE, whose message gives the
 * reason of every instance type that cannot hold its tasks. Every candidate must fit, not only one: a type that does not
 * would be found out on hosts that are already paid for.
 */
export function checkFeasible(job: TrainJob): void {
  const { gang, limits } = job;
  if (gang.hosts > HOSTS_MAX) {
    throw impossible(`gang.hosts is ${gang.hosts}, and one launch takes at most ${HOSTS_MAX}`, FEWER_HOSTS);
  }
  if (rosterBytesMax(gang) > ROSTER_MAX_BYTES) {
    const most = Math.floor((ROSTER_MAX_BYTES - 1024) / hostBytesMax(gang.tasksPerHost, gang.perTask.gpu));
    throw impossible(
      `gang.hosts is ${gang.hosts} with ${gang.tasksPerHost} tasks each, and the roster of a gang, which must fit into one transaction of 4 MB, holds at most ${most} such hosts`,
      FEWER_HOSTS,
    );
  }
  const restarts = Object.values(limits.restarts).reduce((all, one) => all + one, 0);
  if (restarts > RESTARTS_MAX) {
    throw impossible(
      `limits.restarts add up to ${restarts}, and the history of an execution, which Step Functions ends at 25,000 events, has room for ${RESTARTS_MAX}`,
      'Allow fewer restarts.',
    );
  }
  const unknown = gang.instanceTypes.filter((name) => !INSTANCE_TYPES.has(name));
  if (unknown.length > 0) throw impossible(unknown.map(unknownType).join('; '), 'Correct `gang.instanceTypes`.');
  const misfits = gang.instanceTypes.flatMap((name) => misfit(gang, name) ?? []);
  if (misfits.length > 0) throw impossible(misfits.join('; '));
}

/** Why hosts of this type cannot hold the tasks that the gang puts on each; undefined if they can. */
export function misfit(gang: GangRequest, typeName: string): string | undefined {
  const type = INSTANCE_TYPES.get(typeName);
  if (type === undefined) return unknownType(typeName);
  const accelerators = addressesOf(type);
  const slots = taskSlots(accelerators, gang.perTask.gpu);
  if (slots >= gang.tasksPerHost) return;
  return (
    `${typeName} has ${accelerators} accelerators and so holds ${slots} tasks of ${gang.perTask.gpu}, ` +
    `but gang.tasksPerHost is ${gang.tasksPerHost}`
  );
}

function unknownType(name: string): string {
  return `${name} is not an instance type that Lockstep knows${orMeant(name, [...INSTANCE_TYPES.keys()])}`;
}

const impossible = (message: string, remedy?: string): LockstepError =>
  new LockstepError('LS_JOB_IMPOSSIBLE', message, remedy === undefined ? {} : { remedy });
