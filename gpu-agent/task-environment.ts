import { delimiter, join } from 'node:path';
import type { TaskUser } from '#adapters/process/task-user.ts';
import { attemptId, launchEnv } from '#core/launch/launch-env.ts';
import { type Env, placeOf } from '#core/launch/launchers/place.ts';
import { ENV } from '#core/names.ts';
import type { AttemptOptions } from './attempt-options.ts';
import { placeSettings } from './task-description.ts';
import { TASK_ENV } from './wire.ts';

/** What belongs to one task on this host. */
export interface TaskPaths {
  readonly rank: number;
  readonly token: string;
  readonly socketPath: string;
  readonly folder: string;
  readonly errorFile: string;
  /** Variable → value. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/**
 * Environment of one task, later entries winning: what the agent inherited, the launchers' contracts, the job's own
 * variables, and last what ties the task to its agent.
 */
export function taskEnvironment(options: AttemptOptions, paths: TaskPaths): Env {
  const { roster, instanceId, job, env, workspace, pythonFolder } = options;
  const { environment } = workspace;
  const { user, infrastructure, preemption } = job.limits.restarts;
  const maxRestarts = user + infrastructure + preemption;
  const place = placeOf(roster, paths.rank, { ...placeSettings(options), maxRestarts });
  return {
    // Caches below it outlive the attempts of this host.
    HOME: workspace.root,
    HF_HOME: join(workspace.cache, 'huggingface'),
    PIP_CACHE_DIR: join(workspace.cache, 'pip'),
    ...inheritable(env),
    // Those of the agent's user are not the tasks'.
    ...(options.user !== undefined && ownHome(options.user, workspace.home)),
    // Output of a killed task would otherwise die in its buffer.
    PYTHONUNBUFFERED: '1',
    // A Python that is ended for standing still says where it stood.
    ...(job.limits.stallS !== undefined && { PYTHONFAULTHANDLER: '1' }),
    ...launchEnv(place),
    ...job.task.env,
    ...paths.secrets,
    // Added to, so that a job cannot lose its interpreter or the client by naming a folder of its own.
    PATH: joined(job.task.env.PATH, workspace.bin, environment && join(environment, 'bin'), env.PATH),
    ...(environment !== undefined && { VIRTUAL_ENV: environment }),
    // The last holds what runs when a Python starts.
    PYTHONPATH: joined(job.task.env.PYTHONPATH, pythonFolder, join(pythonFolder, 'lockstep', 'startup')),
    [TASK_ENV.socket]: paths.socketPath,
    [TASK_ENV.token]: paths.token,
    [TASK_ENV.scratch]: paths.folder,
    [TASK_ENV.errorFile]: paths.errorFile,
    TORCHELASTIC_ERROR_FILE: paths.errorFile,
    [TASK_ENV.attemptId]: attemptId(roster, instanceId),
  };
}

const ownHome = ({ name }: TaskUser, home: string): Env => ({ HOME: home, USER: name, LOGNAME: name });

/** A search path; a `$PATH` at its end is what it is joined with anyway, and an empty entry would mean the folder itself. */
const joined = (...parts: readonly (string | undefined)[]): string =>
  parts
    .flatMap((part) => (part ?? '').split(delimiter))
    .filter((one) => one !== '' && !/^\$\{?(PATH|PYTHONPATH)\}?$/.test(one))
    .join(delimiter);

/** What systemd speaks to the agent through, and credentials where they are variables. */
const NOT_FOR_TASKS = /^(AWS_|NOTIFY_SOCKET$|WATCHDOG_)/;

/** Tasks inherit no credentials and none of the agent's own settings: what they may do goes through the socket. */
export function inheritable(env: NodeJS.ProcessEnv): Env {
  const own: readonly string[] = Object.values(ENV);
  const entries = Object.entries(env).filter(([name]) => !NOT_FOR_TASKS.test(name) && !own.includes(name));
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
