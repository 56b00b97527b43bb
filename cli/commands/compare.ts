import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LockstepError } from '#core/errors.ts';
import { location } from '#core/objects/addresses.ts';
import type { Metrics } from '#core/training/metrics.ts';
import type { TrainManifest } from '#core/training/published.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { reachableClouds } from '../cloud/reach.ts';
import { type Compared, type Comparison, comparison } from '../output/comparison.ts';
import type { Summary } from '../output/summary.ts';
import { theRun } from '../run/known-runs.ts';
import type { CommandContext } from './context.ts';
import { keptResult } from './kept-run.ts';

export interface ComparedRuns {
  readonly runs: readonly string[];
  readonly figures: Comparison;
}

/** `lockstep compare RUN RUN…`: what runs came to that succeeded and are kept on this machine, side by side. */
export async function compare(words: readonly string[], context: CommandContext): Promise<ComparedRuns> {
  const compared: Compared[] = [];
  for (const word of words) {
    const runId = await theRun(word, context);
    const result = succeeded(runId, context);
    compared.push({ runId, result, metrics: await metricsOf(result, context) });
  }
  return { runs: compared.map(({ runId }) => runId), figures: comparison(compared) };
}

function succeeded(runId: string, { home }: CommandContext): Summary {
  const result = keptResult(home, runId);
  if (result?.ok) return result;
  const [message, remedy] =
    result === undefined
      ? [`${runId} is not kept on this machine, or goes on`, `Watch it to its end with \`lockstep attach ${runId}\`.`]
      : [`${runId} did not succeed: ${result.code}`, `See why with \`lockstep report ${runId}\`.`];
  throw new LockstepError('LS_USAGE', message, { remedy });
}

/** What the task of a training reported in the end; none for an inference, and where the manifest is out of reach. */
async function metricsOf({ kind, outputs }: Summary, context: CommandContext): Promise<Metrics> {
  if (kind !== 'train') return {};
  if (outputs.startsWith('file:'))
    return (JSON.parse(readFileSync(fileURLToPath(outputs), 'utf8')) as TrainManifest).metrics;
  for (const cloud of await reachableClouds(context)) {
    if (cloud.bucket !== location(outputs).bucket) continue;
    const manifest = await readJsonIfAny<TrainManifest>(cloud.objects, outputs);
    if (manifest !== undefined) return manifest.value.metrics;
  }
  return {};
}
