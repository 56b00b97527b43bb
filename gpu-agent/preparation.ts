import type { TaskUser } from '#adapters/process/task-user.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Accelerators } from '#core/resources/accelerators.ts';
import type { Log } from '#core/system/ports.ts';
import { giveFolders, type IsolationOptions, isolateTasks } from './isolation/isolation.ts';
import { pythonEnvironment } from './python-environment/python-environment.ts';
import { inheritable } from './task-environment.ts';
import { type UnfitHost, unfitBy } from './unfit.ts';
import { fetchJob, prepareWorkspace, type Workspace, type WorkspaceSource } from './workspace.ts';

/** A host that has all that its tasks need. */
export interface ReadyHost {
  readonly job: TrainJob;
  readonly accelerators: Accelerators;
  readonly workspace: Workspace;
  /** Whom its tasks run as. @default - the user of the agent */
  readonly user?: TaskUser | undefined;
}

/** What came of preparing a host. One that is unfit joins the gang all the same, to say why it is of no use. */
export type Preparation = { readonly ready: ReadyHost } | { readonly unfit: UnfitHost };

export interface PreparationSource extends WorkspaceSource {
  /** Of the agent. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly isolation: Omit<IsolationOptions, 'log'>;
}

/**
 * Prepares this host for the tasks of a run. A failure is a value: a process that just ended would look like a lost host,
 * which is replaced by another one that fails in the same way.
 */
export async function prepareHost(source: PreparationSource, discovery: Promise<Accelerators>): Promise<Preparation> {
  try {
    const user = await isolateTasks({ ...source.isolation, log: source.log });
    const [job, workspace, accelerators] = await Promise.all([fetchJob(source), prepareWorkspace(source), discovery]);
    if (user !== undefined) await giveFolders(user, workspace, source.isolation);
    const environment = await pythonEnvironment({
      ...{ job, code: workspace.code, cache: workspace.cache, log: source.log },
      ...{ user, env: { HOME: workspace.root, ...inheritable(source.env), ...(user && { HOME: workspace.home }) } },
      wheels: source.cache === undefined ? source : undefined,
    });
    return { ready: { job, workspace: { ...workspace, environment }, accelerators, user } };
  } catch (error) {
    return { unfit: unfitBy(error) };
  }
}
