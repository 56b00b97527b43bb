import { LockstepError } from '#core/errors.ts';
import { deadLettersOf, type InferenceManifest } from '#core/inference/manifest.ts';
import { manifestProblem } from '#core/inference/verify.ts';
import type { TablePorts } from '#formats/table/formats.ts';
import { openCommitted } from './read-committed.ts';

/**
 * Reads everything that a manifest lists and holds it against it: that parts stand for every row of the inputs, and the
 * size, the hash, the rows and the columns of each, also of what was set aside. What is wrong first, in a sentence that names the part; undefined where
 * nothing is. Inputs and model are not asked for.
 */
export async function verifyRun(tables: TablePorts, manifest: InferenceManifest): Promise<string | undefined> {
  const problem = manifestProblem(manifest);
  if (problem !== undefined) return problem;
  try {
    for await (const _batch of openCommitted(tables, manifest));
    // Files of dead letters need not have the same columns.
    for (const file of deadLettersOf(manifest)) {
      for await (const _batch of openCommitted(tables, { parts: [file] }));
    }
    return undefined;
  } catch (error) {
    if (error instanceof LockstepError && error.kind === 'data') return error.message;
    throw error;
  }
}
