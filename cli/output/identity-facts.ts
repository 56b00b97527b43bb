/** What a run read and what it ran, so that two runs can be told apart: addresses, sizes, hashes. */
import type { InferenceManifest } from '#core/inference/manifest.ts';
import type { TrainManifest } from '#core/training/published.ts';
import type { RankShards, TrainingFacts } from '#flows/runs/run-facts.ts';
import { showBytes } from './bytes.ts';
import { counted } from './counted.ts';
import type { Fact } from './report-data.ts';

const INPUTS_SHOWN = 20;

/** Data and files of a training. */
export function trainingIdentity({ job, shards }: TrainingFacts, manifest: TrainManifest | undefined): readonly Fact[] {
  const files = Object.entries(manifest?.files ?? {});
  const [kind, source] = Object.entries(job?.data ?? {})[0] ?? [];
  return [
    ...(job === undefined ? [] : [['program', job.task.command.join(' ')] as Fact]),
    ...(kind === 'sql' ? [['query', (source as { query: string }).query] as Fact] : []),
    ...(kind === 's3' ? [['data', (source as { uri: string }).uri] as Fact] : []),
    ...(shards === undefined ? [] : [['data of each rank', spread(shards)] as Fact]),
    ...files.map(([name, { sizeBytes, sha256 }]): Fact => [name, identity(sizeBytes, sha256)]),
    ...Object.entries(manifest?.provenance ?? {}).map(([name, value]): Fact => [name, String(value)]),
  ];
}

/** Model and inputs of an inference. */
export function inferenceIdentity({ model, inputs, provenance }: InferenceManifest): readonly Fact[] {
  const more = inputs.length - INPUTS_SHOWN;
  return [
    ['model', `${model.uri}\n${identity(model.sizeBytes, model.sha256)}`],
    ...inputs
      .slice(0, INPUTS_SHOWN)
      .map(({ uri, etag, sizeBytes }): Fact => ['input', `${uri}\n${showBytes(sizeBytes)}, ETag ${etag}`]),
    ...(more > 0 ? [['input', `and ${more} more, in the manifest`] as Fact] : []),
    ...Object.entries(provenance).map(([name, value]): Fact => [name, value]),
  ];
}

const identity = (sizeBytes: number, sha256: string): string => `${showBytes(sizeBytes)}, sha256 ${sha256}`;

/** E.g. `4 ranks: 2 to 3 objects, 10.0 MiB to 12.1 MiB`. */
function spread(shards: readonly RankShards[]): string {
  const range = (values: readonly number[], show: (value: number) => string) => {
    const [least, most] = [show(Math.min(...values)), show(Math.max(...values))];
    return least === most ? least : `${least} to ${most}`;
  };
  const objects = shards.map((rank) => rank.objects);
  const sizes = shards.map((rank) => rank.sizeBytes);
  return `${counted(shards.length, 'rank')}: ${range(objects, String)} objects, ${range(sizes, showBytes)}`;
}
