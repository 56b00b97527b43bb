/**
 * The plan of an inference run: what is read, and how it is divided. Made once, from what describes the objects and not
 * from their rows, written to S3, and never changed; every attempt at a partition and the commit work from it.
 */

import type { InferJob } from '../job/job.ts';
import type { RowClass } from '../job/row-policy.ts';
import type { ObjectRef } from '../objects/records.ts';
import type { ExactBatches } from './batching.ts';
import type { Binding } from './bind.ts';
import type { LeftOut } from './folder.ts';
import type { Block, TableLayout, TableObject } from './layout.ts';
import type { ReplayedRun } from './manifest.ts';
import type { OnnxFields } from './onnx-fields.ts';
import type { PredictionField } from './prediction.ts';
import type { RowSpan } from './row-span.ts';

export interface InferencePlan {
  readonly version: 1;
  readonly runId: string;
  readonly job: InferJob;
  readonly prediction: PlannedPrediction;
  /** Input columns beside the predictions, in the order of every part. */
  readonly columns: readonly OutputColumn[];
  /** In the order of the job's inputs, then of their keys. Each etag is pinned: an object that changes fails the run. */
  readonly inputs: readonly TableObject[];
  /** What lies beside the inputs and is not read. */
  readonly skipped: LeftOut;
  /** Set where the inputs are the dead letters of another run. */
  readonly replayOf?: ReplayedRun;
  /** Index = partition. Largest first, so that the last to finish is small; behind them the pieces of those that were split. */
  readonly partitions: readonly PlannedPartition[];
  /** How often some were split: core/inference/split.ts. @default 0 */
  readonly generation?: number;
  /** Partitions before any was split. @default all of them */
  readonly base?: number;
  /** Partition that was split → its pieces. @default none */
  readonly splits?: Readonly<Record<number, readonly number[]>>;
}

/** How the rows are predicted, decided. */
export type PlannedPrediction = OnnxPrediction | ProgramPrediction;

/** By a program of the user's. */
export type ProgramPrediction = ModulePrediction | PythonPrediction;

/** A program whose fields are not known yet. */
export type UnplannedProgram = Omit<ModulePrediction, 'fields'> | Omit<PythonPrediction, 'fields'>;

/** A model that onnxruntime runs. */
export interface OnnxPrediction {
  readonly kind: 'onnx';
  readonly model: ObjectRef;
  readonly bindings: readonly Binding[];
  /** Which outputs become which fields. */
  readonly outputs: OnnxFields;
  /** Rows of every call, where they are not free to choose. */
  readonly exact?: ExactBatches;
  /** Most rows that the model is given at once. */
  readonly microBatchRows: number;
  /** What each row gets. */
  readonly fields: readonly PredictionField[];
}

/** A module of the user's, bundled: what `model` refers to. */
export interface ModulePrediction {
  readonly kind: 'module';
  readonly model: ObjectRef;
  /** Columns that it is given: those of the first input. */
  readonly columns: readonly string[];
  /** How long it may take to load, and to answer. */
  readonly timeoutS: number;
  /** What each row gets, as it was for some rows of the input; anything else is refused. */
  readonly fields: readonly PredictionField[];
}

/** A Python program of the user's, which `model` refers to: a `ModulePrediction` but for where it runs. */
export interface PythonPrediction extends Omit<ModulePrediction, 'kind'> {
  readonly kind: 'python';
  /** The interpreter that runs it. */
  readonly python: string;
}

/** Columns that are read to predict. */
export const readColumns = (prediction: PlannedPrediction): readonly string[] =>
  prediction.kind === 'onnx' ? prediction.bindings.flatMap(({ columns }) => columns) : prediction.columns;

/** `nullable` where any of the objects says so. */
export interface OutputColumn {
  readonly name: string;
  readonly nullable: boolean;
  /** Set where objects have its texts or bytes in several forms: then all parts have the plain one. */
  readonly plain?: true;
}

export interface PlannedPartition {
  readonly sizeBytes: number;
  readonly slices: readonly Slice[];
  /** Set where its only row, or rows that are predicted together, ended every attempt, and as what: nothing predicts them again. */
  readonly lost?: Extract<RowClass, 'timeout' | 'oom'>;
}

/** Blocks of one object: record batches or row groups. */
export interface Slice {
  /** Index into the inputs of the plan. */
  readonly input: number;
  /** Position of the first of them among the blocks of the object. */
  readonly first: number;
  readonly blocks: readonly Block[];
  /** Set where these are only some rows of the one block. */
  readonly rows?: RowSpan;
}

/**
 * Divides the blocks of the inputs into partitions of at most `partitionBytes` of decoded rows, cutting only between blocks.
 * Neighbouring objects that are small share a partition, unless one has dictionaries: a part holds one dictionary a
 * column. A block that is larger has a partition of its own. Every block is in exactly one partition.
 * Inputs without any block still make one partition, so that the result has a schema.
 */
export function partition(layouts: readonly TableLayout[], partitionBytes: number): PlannedPartition[] {
  const partitions: { sizeBytes: number; slices: { input: number; first: number; blocks: Block[] }[] }[] = [];
  for (const [input, { blocks }] of layouts.entries()) {
    for (const [index, block] of blocks.entries()) {
      const size = block.decodedBytes ?? block.sizeBytes;
      let last = partitions.at(-1);
      if (!last || last.sizeBytes + size > partitionBytes || !mayShare(layouts, last.slices.at(-1)?.input, input)) {
        last = { sizeBytes: 0, slices: [] };
        partitions.push(last);
      }
      last.sizeBytes += size;
      const slice = last.slices.at(-1);
      if (slice?.input === input) slice.blocks.push(block);
      else last.slices.push({ input, first: index, blocks: [block] });
    }
  }
  if (partitions.length === 0) return [{ sizeBytes: 0, slices: [] }];
  return partitions.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
}

function mayShare(layouts: readonly TableLayout[], before: number | undefined, input: number): boolean {
  if (before === undefined || before === input) return true;
  return [before, input].every((each) => layouts[each]?.dictionaries.length === 0);
}
