import { nextRound } from '#core/inference/round.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { CommitPorts } from './commit-run.ts';

/**
 * The round that follows one whose commit has failed; undefined where it has not. A Commit that finds the failure of its own
 * round is that of an execution that was redriven: Step Functions goes on in the state that failed, which is Commit, while the
 * work that is left is that of the Map before it. Costs at most one more pass over what is missing where it is wrong, because
 * the answer of the first Commit was lost on its way.
 */
export async function roundAfterFailure(
  { objects, bucket }: CommitPorts,
  { runId, round }: { readonly runId: string; readonly round: string },
): Promise<string | undefined> {
  const failed = await objects.head(runObjects({ bucket, runId }).roundFailure(round));
  return failed && nextRound(round);
}
