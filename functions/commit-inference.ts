import { invariant } from '#core/errors.ts';
import type { InferenceState } from '#core/inference/state.ts';
import type { Log } from '#core/system/ports.ts';
import { type CommitPorts, commitRun } from '#flows/inference/commit-run.ts';
import { roundAfterFailure } from '#flows/inference/next-round.ts';
import { objectRuntime } from './object-runtime.ts';

/** Commit: makes all predictions of a run visible, or none; without `manifestUri` a redriven execution goes on first. */
export async function commitInference(
  state: InferenceState,
  ports: CommitPorts & { readonly log: Log },
): Promise<InferenceState> {
  const { runId, round, error } = state;
  invariant(round !== undefined, `${runId} comes to Commit without a round`);
  // A Map that failed although every partition is committed changes nothing: its error goes no further.
  const { error: _, ...rest } = state;
  const again = await roundAfterFailure(ports, { runId, round });
  if (again !== undefined) {
    ports.log.info('redriven', { runId, round: again });
    return { ...rest, round: again };
  }
  const { manifest, manifestUri } = await commitRun(ports, { runId, round, ...(error && { error }) });
  const { rows } = manifest.totals;
  ports.log.info('committed', { runId, manifestUri, rows });
  return { ...rest, manifestUri, rows };
}

export const handler = (state: InferenceState) => commitInference(state, objectRuntime);
