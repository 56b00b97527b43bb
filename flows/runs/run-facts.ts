/** What a run was given and made of, read from the objects that it left: for those who look at it when it has ended. */
import type { DonePartition } from '#core/inference/partition-figures.ts';
import type { InferencePlan } from '#core/inference/plan.ts';
import type { InferJob, TrainJob } from '#core/job/job.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { ShardManifest } from '#core/training/shards.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import { partitionsLive } from './live-view.ts';
import type { RunPorts } from './ports.ts';

type FactPorts = Pick<RunPorts, 'objects' | 'bucket'>;

export interface TrainingFacts {
  /** The job as it ran, with every default; undefined where nothing is left of it. */
  readonly job: TrainJob | undefined;
  /** The training data of a rank each; undefined for a job without. */
  readonly shards: readonly RankShards[] | undefined;
}

/** What one rank was given to read. */
export interface RankShards {
  readonly objects: number;
  /** Of the whole objects, some of which the rank may share with others. */
  readonly sizeBytes: number;
}

export async function trainingFacts({ objects, bucket }: FactPorts, runId: string): Promise<TrainingFacts> {
  const at = runObjects({ bucket, runId });
  const [job, shards] = await Promise.all([
    readJsonIfAny<TrainJob>(objects, at.job),
    readJsonIfAny<ShardManifest>(objects, at.shards),
  ]);
  return { job: job?.value, shards: shards?.value.byRank.map(rankShards) };
}

const rankShards = (shards: ShardManifest['byRank'][number]): RankShards => ({
  objects: shards.length,
  sizeBytes: shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
});

export interface InferenceFacts {
  readonly job: InferJob | undefined;
  /** What was planned; undefined for a run that came to no plan. */
  readonly plan: InferencePlan | undefined;
  /** The partitions that have their predictions, also of a run that failed. */
  readonly done: readonly DonePartition[];
}

export async function inferenceFacts(ports: FactPorts, runId: string): Promise<InferenceFacts> {
  const at = runObjects({ bucket: ports.bucket, runId });
  const [plan, job, done] = await Promise.all([
    readJsonIfAny<InferencePlan>(ports.objects, at.plan),
    readJsonIfAny<InferJob>(ports.objects, at.job),
    partitionsLive(ports, runId),
  ]);
  return { job: plan?.value.job ?? job?.value, plan: plan?.value, done: [...done.values()] };
}
