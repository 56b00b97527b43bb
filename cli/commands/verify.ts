import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { verifyRun } from '#flows/inference/verify-run.ts';
import { theRun } from '../run/known-runs.ts';
import { committedManifest } from './committed-manifest.ts';
import type { CommandContext } from './context.ts';

interface Verdict {
  readonly object: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** `lockstep verify RUN`: reads what the run committed and says what is wrong first. LS_RUN_INCOMPLETE if it committed nothing. */
export async function verify(word: string, context: CommandContext): Promise<Verdict> {
  const runId = await theRun(word, context);
  const { manifest, objects } = await committedManifest(runId, context);
  const problem = await verifyRun({ objects, parquet: workerDecoder() }, manifest);
  const { parts, rows } = manifest.totals;
  if (problem !== undefined) {
    return { object: { ok: false, runId, problem }, lines: [`✗ ${runId}: ${problem}`], exitCode: 1 };
  }
  const what = `${parts} parts with ${rows.toLocaleString('en')} rows are what was committed`;
  return { object: { ok: true, runId, parts, rows }, lines: [`✓ ${runId}: ${what}`], exitCode: 0 };
}
