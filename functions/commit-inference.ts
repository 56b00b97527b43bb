import { invariant } from '#core/errors.ts';
import type { InferenceState } from '#core/inference/state.ts';
import type { Log } from '#core/system/ports.ts';
import { type CommitPorts, commitRun } from '#flows/inference/commit-run.ts';
import { roundAfterFailure } from '#flows/inference/next-round.ts';
import { splitPartitions } from '#flows/inference/split-partitions.ts';
import { objectRuntime } from './object-runtime.ts';

/**
 * Commit: makes all predictions of a run visible, or none. Without `manifestUri` in its answer the execution goes over what is
 * left first: it was redriven, or partitions were lost and are predicted in pieces.
 */
export async function commitInference(
  state: InferenceState,
  ports: CommitPorts & { readonly log: Log },
): Promise<InferenceState> {
  const { runId, round, planUri, compute, error } = state;
  invariant(round !== undefined, `${runId} comes to Commit without a round`);
  // A Map that failed although every partition is committed changes nothing: its error goes no further.
  const { error: _, ...rest } = state;
  const again = await roundAfterFailure(ports, { runId, round });
  if (again !== undefined) {
    ports.log.info('redriven', { runId, round: again });
    return { ...rest, round: again };
  }
  const isByFunctions = compute === undefined && planUri !== undefined && error === undefined;
  const split = isByFunctions ? await splitPartitions(ports, { runId, round, planUri }) : undefined;
  if (split !== undefined) {
    ports.log.info('split', { runId, round: split.round, partitions: split.partitions });
    return { ...rest, ...split };
  }
  const { manifest, manifestUri } = await commitRun(ports, { runId, round, planUri, ...(error && { error }) });
  const { rows } = manifest.totals;
  ports.log.info('committed', { runId, manifestUri, rows });
  return { ...rest, manifestUri, rows };
}

export const handler = (state: InferenceState) => commitInference(state, objectRuntime);
