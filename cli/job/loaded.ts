/** A job together with the local files that it names: what the command line starts from. */
import type { InferJob, PipelineJob, StreamJob, TrainJob } from '#core/job/job.ts';

export type LoadedJob = LoadedTrain | LoadedInfer | LoadedPipeline | LoadedStream;

export interface LoadedTrain {
  readonly kind: 'train';
  /** Absolute. */
  readonly file: string;
  readonly job: TrainJob;
  readonly code: CodeSource;
}

/** What the code package is made of; paths are absolute. */
export interface CodeSource {
  /** The job file. */
  readonly file: string;
  /** Its folder; a file keeps its place relative to it. */
  readonly folder: string;
  /** Bundled into TASK_BUNDLE, which `job.task.command` then runs. */
  readonly module?: string;
  readonly files: readonly string[];
  /** What of `files` is left out, with all that is below it. */
  readonly except: readonly string[];
}

/** `job.model` and `job.input` hold absolute paths where the document names local files. */
export interface LoadedInfer {
  readonly kind: 'infer';
  readonly file: string;
  readonly job: InferJob;
}

export interface LoadedPipeline {
  readonly kind: 'pipeline';
  readonly file: string;
  readonly job: PipelineJob;
  readonly train: LoadedTrain;
  readonly infer: LoadedInfer;
}

/** `job.model`, `job.watch` and `job.output.to` hold absolute paths where the document names places of this machine. */
export interface LoadedStream {
  readonly kind: 'stream';
  readonly file: string;
  readonly job: StreamJob;
}
