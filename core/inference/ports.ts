/** What inference needs of the world beside objects. `Batch` is Arrow's record batch: core names no package. */
import type { ObjectRef } from '../objects/records.ts';
import type { Binding, ModelSignature } from './bind.ts';
import type { ClaimBoard, PartitionClaim } from './claims.ts';
import type { Crew, CrewPhase } from './crew.ts';
import type { PartitionFailure, StageMs } from './manifest.ts';
import type { ModelOutputs, ModelRows } from './model-output.ts';
import type { PlannedPrediction, UnplannedProgram } from './plan.ts';
import type { PredictionField } from './prediction.ts';

/** Everything that can predict, of every kind that a plan can name. What it opens is kept until it is closed. */
export interface Predictors<Batch> {
  /** What a model takes and gives. LS_MODEL_UNREADABLE, LS_INPUT_CHANGED if the object no longer has its hash. */
  describe(model: ObjectRef): Promise<ModelSignature>;
  /** Every output of the model that is a tensor, call by call. LS_PREDICTION_FAILED. */
  sample(model: ObjectRef, bindings: readonly Binding[], calls: readonly ModelRows[]): Promise<ModelOutputs[]>;
  /**
   * What the rows of a batch get from a program, which runs on them: it is how the fields are found. LS_MODEL_UNREADABLE,
   * LS_PREDICTION_FAILED.
   */
  fieldsOf(program: UnplannedProgram, rows: Batch): Promise<readonly PredictionField[]>;
  /** The predictor that a plan decided on, loaded; the next partition of a run finds it so. LS_MODEL_UNREADABLE. */
  open(prediction: PlannedPrediction, room: Room): Promise<Predictor<Batch>>;
  /** Waits for what is running, then gives up threads and memory. */
  close(): Promise<void>;
}

/** What a predictor may use, and for how much. */
export interface Room {
  /** Processors of this process. */
  readonly processors: number;
  /** Decoded bytes of the partition. */
  readonly sizeBytes: number;
}

/** Predicts record batches. */
export interface Predictor<Batch> {
  /** The columns of the batches that it gives. */
  readonly outputFields: readonly PredictionField[];
  /** Software that decides what is predicted, by name; kept beside the predictions. */
  readonly versions: Readonly<Record<string, string>>;
  /**
   * One row of predictions for each row, in their order, in batches that need not be cut as the input is. A batch may be
   * overwritten once the predictions of all its rows were taken. After an error, which concerns the first row without
   * predictions, it gives no more; it may be called again for the rows that are left. LS_NULL_INPUT, LS_VALUE_INEXACT,
   * LS_LIST_LENGTH, LS_PREDICTION_FAILED.
   */
  predict(batches: AsyncIterable<Batch>, watch: StageWatch): AsyncIterable<Batch>;
}

/** Is told how long things take. */
export interface StageWatch {
  time<T>(stage: keyof StageMs, work: () => T): T;
  timeAsync<T>(stage: keyof StageMs, work: () => Promise<T>): Promise<T>;
}

/** Models as files of this machine. */
export interface ModelFiles {
  /**
   * Path of the file, fetched once and checked; its name ends as the predictor wants it, @default onnx. LS_MODEL_UNREADABLE,
   * LS_INPUT_CHANGED if it no longer has its hash.
   */
  path(model: ObjectRef, ending?: 'onnx' | 'mjs' | 'py'): Promise<string>;
}

/** The hosts that predict for runs: one record a run. A lost race is a value: the record as it is then. */
export interface CrewStore {
  /** Writes a crew where there is none of its run, or where that of the attempt before is ENDED. */
  open(crew: Crew): Promise<Crew>;
  /** Strongly consistent. */
  read(runId: string, signal?: AbortSignal): Promise<Crew | undefined>;
  /** Moves on the phase of a crew of this attempt, never back; undefined where there is no such crew. */
  move(runId: string, attempt: number, phase: Exclude<CrewPhase, 'OPEN'>): Promise<Crew | undefined>;
  /** Notes why a crew of this attempt cannot come to its end, unless something is noted or it is not OPEN. */
  fail(runId: string, attempt: number, failure: PartitionFailure): Promise<void>;
  /** Runs whose crew is not ENDED. */
  list(): Promise<readonly string[]>;
}

/** Whose claims are meant. */
export interface CrewAttempt {
  readonly runId: string;
  readonly attempt: number;
}

/** Claims of a crew. Every write is conditional on the claim as its writer knows it. */
export interface ClaimStore {
  /** Begins with a list of `total` places, unless that was done. */
  begin(at: CrewAttempt, total: number): Promise<void>;
  /** Strongly consistent; undefined before the beginning. */
  board(at: CrewAttempt, signal?: AbortSignal): Promise<ClaimBoard | undefined>;
  /** Claims the next place, if it is that of the claim still: one transaction, so that no place is passed over. */
  take(at: CrewAttempt, claim: PartitionClaim): Promise<boolean>;
  /** Replaces a claim, unless its fence or its beats have changed. */
  replace(at: CrewAttempt, claim: PartitionClaim, after: PartitionClaim): Promise<boolean>;
  /** Removes a claim, unless it is in other hands. */
  remove(at: CrewAttempt, claim: PartitionClaim): Promise<void>;
}
