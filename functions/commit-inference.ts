import type { InferenceState } from '#core/inference/state.ts';
import type { Log } from '#core/system/ports.ts';
import { type CommitPorts, commitRun } from '#flows/inference/commit-run.ts';
import { objectRuntime } from './object-runtime.ts';

/** Commit: makes the predictions of a run visible, all of them or none. */
export async function commitInference(
  state: InferenceState,
  ports: CommitPorts & { readonly log: Log },
): Promise<InferenceState> {
  const { manifest, manifestUri } = await commitRun(ports, state);
  const { rows } = manifest.totals;
  ports.log.info('committed', { runId: state.runId, manifestUri, rows });
  // A Map that failed although every partition is committed changes nothing: its error goes no further.
  const { error: _, ...rest } = state;
  return { ...rest, manifestUri, rows };
}

export const handler = (state: InferenceState) => commitInference(state, objectRuntime);
