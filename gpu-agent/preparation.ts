import type { TrainJob } from '#core/job/job.ts';
import type { Accelerators } from '#core/resources/accelerators.ts';
import type { Log } from '#core/system/ports.ts';
import { pythonEnvironment } from './python-environment/python-environment.ts';
import { inheritable } from './task-environment.ts';
import { type UnfitHost, unfitBy } from './unfit.ts';
import { fetchJob, prepareWorkspace, type Workspace, type WorkspaceSource } from './workspace.ts';

/** A host that has all that its tasks need. */
export interface ReadyHost {
  readonly job: TrainJob;
  readonly accelerators: Accelerators;
  readonly workspace: Workspace;
}

/** What came of preparing a host. One that is unfit joins the gang all the same, to say why it is of no use. */
export type Preparation = { readonly ready: ReadyHost } | { readonly unfit: UnfitHost };

export interface PreparationSource extends WorkspaceSource {
  /** Of the agent. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

/**
 * Prepares this host for the tasks of a run. A failure is a value: a process that just ended would look like a lost host,
 * which is replaced by another one that fails in the same way.
 */
export async function prepareHost(source: PreparationSource, discovery: Promise<Accelerators>): Promise<Preparation> {
  try {
    const [job, workspace, accelerators] = await Promise.all([fetchJob(source), prepareWorkspace(source), discovery]);
    const environment = await pythonEnvironment({
      ...{ job, code: workspace.code, cache: workspace.cache, log: source.log },
      env: { HOME: workspace.root, ...inheritable(source.env) },
      wheels: source.cache === undefined ? source : undefined,
    });
    return { ready: { job, workspace: { ...workspace, environment }, accelerators } };
  } catch (error) {
    return { unfit: unfitBy(error) };
  }
}
