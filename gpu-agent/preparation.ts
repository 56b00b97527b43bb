import type { TrainJob } from '#core/job/job.ts';
import type { Accelerators } from '#core/resources/accelerators.ts';
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

/**
 * Prepares this host for the tasks of a run. A failure is a value: a process that just ended would look like a lost host,
 * which is replaced by another one that fails in the same way.
 */
export async function prepareHost(source: WorkspaceSource, discovery: Promise<Accelerators>): Promise<Preparation> {
  try {
    const [job, workspace, accelerators] = await Promise.all([fetchJob(source), prepareWorkspace(source), discovery]);
    return { ready: { job, workspace, accelerators } };
  } catch (error) {
    return { unfit: unfitBy(error) };
  }
}
