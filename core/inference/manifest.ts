/** What an inference run leaves: one task manifest for each partition, and the manifest of the run that lists them. */
import type { WarehouseQuery } from '../job/job.ts';
import type { ObjectRef } from '../objects/records.ts';
import type { FailedCounts } from './failed-rows.ts';
import type { LeftOut } from './folder.ts';
import type { RowSpan } from './row-span.ts';

/** Which rows a partition stands for: record batches of objects whose content is pinned by their etags. */
export interface SourceRange {
  readonly uri: string;
  readonly etag: string;
  /** Position of the first record batch, and how many there are. */
  readonly firstBatch: number;
  readonly batches: number;
  /** Set where these are only some rows of the one batch. */
  readonly rows?: RowSpan;
}

/** One output object. */
export interface PartRef extends ObjectRef {
  readonly partition: number;
  readonly rows: number;
}

/** What became of the rows of a partition that have no prediction. */
export interface TaskFailures extends FailedCounts {
  /** Rows that were set aside, each with its reason: Arrow files, one for each set of columns that objects of the partition have. */
  readonly deadLetters: readonly ObjectRows[];
}

/** An object with so many rows. */
export interface ObjectRows extends ObjectRef {
  readonly rows: number;
}

/** One output object, with what it stands for. */
export interface ListedPart extends PartRef {
  readonly sources: readonly SourceRange[];
}

/** Milliseconds spent in each stage; reading overlaps with the others. */
export interface StageMs {
  readonly read: number;
  readonly decode: number;
  readonly run: number;
  readonly encode: number;
  readonly write: number;
}

/** Created once by the attempt that wins, never replaced. */
export interface TaskManifest {
  readonly version: 1;
  readonly runId: string;
  readonly partition: number;
  /** The attempt whose part this is. */
  readonly attemptId: string;
  readonly sources: readonly SourceRange[];
  readonly part: PartRef;
  readonly rowsIn: number;
  /** Absent where every row has its prediction. */
  readonly failed?: TaskFailures;
  readonly stageMs: StageMs;
  readonly provenance: Readonly<Record<string, string>>;
}

/** One input object. */
export interface ListedInput {
  readonly uri: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** Its record batches or row groups, of which `SourceRange` speaks. */
  readonly blocks: number;
}

/** A partition some of whose rows have no prediction. */
export interface FailedPartition extends TaskFailures {
  readonly partition: number;
  readonly rowsIn: number;
}

/** What became of the rows of a run that have no prediction. */
export interface RunFailures extends FailedCounts {
  /** Those that have any such row, in the order of their numbers. */
  readonly partitions: readonly FailedPartition[];
}

/** The run whose dead letters a run has predicted again. */
export interface ReplayedRun {
  readonly runId: string;
  /** Of its manifest, which lists those dead letters. */
  readonly manifestUri: string;
}

/** `_SUCCESS.json`: readers read the parts that it lists and nothing else. */
export interface InferenceManifest {
  readonly version: 1;
  readonly runId: string;
  readonly job: string;
  readonly model: ObjectRef;
  readonly inputs: readonly ListedInput[];
  /** What the inputs are the result of, where they are one of a query. */
  readonly query?: WarehouseQuery;
  /** What lay beside the inputs and was not read. */
  readonly skipped: LeftOut;
  /** Partitions that were predicted in pieces, and have no part of their own. Absent where there are none. */
  readonly split?: readonly number[];
  /** In the order of the inputs: rows of the first batch of the first input come first. */
  readonly parts: readonly ListedPart[];
  readonly totals: { readonly rows: number; readonly sizeBytes: number; readonly parts: number };
  /** Absent where every row has its prediction. */
  readonly failed?: RunFailures | undefined;
  /** Absent for a run of its own. */
  readonly replayOf?: ReplayedRun;
  readonly stageMs: StageMs;
  readonly provenance: Readonly<Record<string, string>>;
}

/** Everything that a manifest lists: the parts in their order, then what was set aside. */
export const listedObjects = ({ parts, failed }: InferenceManifest): readonly ObjectRows[] => [
  ...parts,
  ...deadLettersOf({ failed }),
];

/** The files of rows that were set aside, in the order of their partitions. */
export const deadLettersOf = ({ failed }: Pick<InferenceManifest, 'failed'>): readonly ObjectRows[] =>
  failed?.partitions.flatMap(({ deadLetters }) => deadLetters) ?? [];

/** Why a partition failed for good, for the commit to fail the run with. */
export interface PartitionFailure {
  readonly code: string;
  readonly message: string;
}
