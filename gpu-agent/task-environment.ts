import { delimiter, join } from 'node:path';
import { attemptId, launchEnv } from '#core/launch/launch-env.ts';
import { type Env, placeOf } from '#core/launch/launchers/place.ts';
import { ENV } from '#core/names.ts';
import type { AttemptOptions } from './attempt-options.ts';
import { TASK_ENV } from './wire.ts';

/** What belongs to one task on this host. */
export interface TaskPaths {
  readonly rank: number;
  readonly token: string;
  readonly socketPath: string;
  readonly folder: string;
  readonly errorFile: string;
}

/**
 * Environment of one task, later entries winning: what the agent inherited, the launchers' contracts, the job's own
 * variables, and last what ties the task to its agent.
 */
export function taskEnvironment(options: AttemptOptions, paths: TaskPaths): Env {
  const { roster, instanceId, job, accelerators, env, workspace, pythonFolder } = options;
  const { user, infrastructure, preemption } = job.limits.restarts;
  const maxRestarts = user + infrastructure + preemption;
  const place = placeOf(roster, paths.rank, { vendor: accelerators.vendor, maxRestarts });
  return {
    ...inheritable(env),
    PATH: [workspace.bin, env.PATH ?? ''].join(delimiter),
    // The second holds what runs when a Python starts.
    PYTHONPATH: [pythonFolder, join(pythonFolder, 'lockstep', 'startup')].join(delimiter),
    // Output of a killed task would otherwise die in its buffer.
    PYTHONUNBUFFERED: '1',
    ...launchEnv(place),
    ...job.task.env,
    [TASK_ENV.socket]: paths.socketPath,
    [TASK_ENV.token]: paths.token,
    [TASK_ENV.scratch]: paths.folder,
    [TASK_ENV.errorFile]: paths.errorFile,
    TORCHELASTIC_ERROR_FILE: paths.errorFile,
    [TASK_ENV.attemptId]: attemptId(roster, instanceId),
  };
}

/** What systemd speaks to the agent through, and credentials where they are variables. */
const NOT_FOR_TASKS = /^(AWS_|NOTIFY_SOCKET$|WATCHDOG_)/;

/** Tasks inherit no credentials and none of the agent's own settings: what they may do goes through the socket. */
function inheritable(env: NodeJS.ProcessEnv): Env {
  const own: readonly string[] = Object.values(ENV);
  const entries = Object.entries(env).filter(([name]) => !NOT_FOR_TASKS.test(name) && !own.includes(name));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
