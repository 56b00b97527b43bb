/**
 * What a user writes, as plain types. formats/job parses YAML or JSON into these; core trusts them.
 * Every number carries its unit in its name. Defaults are in ./defaults.ts.
 */

import type { RowPolicy } from './row-policy.ts';

/** Ways to buy a host, in the words of EC2. Tried in the order that the job gives. */
export type Market = 'capacity-block' | 'reservation' | 'spot' | 'on-demand';

export interface TrainJob {
  readonly kind: 'train';
  /** Lower case letters, digits and hyphens, at most 40: part of run ids, tags and object keys. */
  readonly name: string;
  readonly data?: DataSource;
  readonly gang: GangRequest;
  readonly task: TaskSpec;
  readonly limits: TrainLimits;
  /** Publish the result under this name, so that inference can say `model: published:<name>`. Default: the job's name. */
  readonly publish: string;
  readonly local?: LocalSettings;
}

/** Where training data comes from. Stage deals its rows out to the ranks. */
export type DataSource =
  | { readonly sql: WarehouseQuery }
  /** Objects of another format than `format`, where it is given, are refused. */
  | { readonly s3: { readonly uri: string; readonly format?: DataFormat | undefined } };

export type DataFormat = 'parquet' | 'arrow';

/** A SELECT statement, and the database of the warehouse whose tables it names without more. */
export interface WarehouseQuery {
  readonly database: string;
  readonly query: string;
}

/** A gang of equal hosts: `hosts * tasksPerHost` tasks, which is the world size. */
export interface GangRequest {
  readonly hosts: number;
  readonly tasksPerHost: number;
  /** Amounts a task; 0 < gpu < 1 shares one accelerator between floor(1/gpu) tasks, above 1 it is whole. */
  readonly perTask: { readonly gpu: number };
  /**
   * Set where a task is a launcher, one for each host, that starts so many processes itself. `tasksPerHost` is 1 then, and
   * `perTask` is what all of them have.
   */
  readonly processesPerHost?: number;
  /** Candidates, in order of preference. */
  readonly instanceTypes: readonly string[];
  /** Default: every zone of the deployment's subnets. One gang always lies within one zone. */
  readonly zones: readonly string[];
  readonly markets: readonly Market[];
  /** 0 (default) … 100; higher is admitted first. */
  readonly priority: number;
}

export interface TaskSpec {
  /** Command line of one task, run in the root of the code package. A `module` job is turned into one before this. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Variable → where its value is kept, see ./secrets.ts. Default: none. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Default: `host`. */
  readonly visibility?: Visibility;
  /** Default: the hosts' own Python with what it has. */
  readonly python?: PythonSpec;
}

/** The packages of the tasks' Python: an environment that holds these and no others, made on each host before its tasks start. */
export interface PythonSpec {
  /** Requirements file, relative to the root of the code package. */
  readonly requirements?: string;
  /** As pip takes them. */
  readonly packages: readonly string[];
  /** E.g. `3.11`. Default: whichever `python3` of the hosts is. */
  readonly version?: string;
}

/** Which accelerators a task sees: those of all tasks of its host, in the order of local ranks, or its own alone. */
export type Visibility = 'host' | 'own';

export interface TrainLimits {
  readonly maxDurationS: number;
  readonly maxQueueS: number;
  /** Time from launch until every host has joined. */
  readonly formTimeoutS: number;
  /** Deadline of every barrier that does not give its own. */
  readonly barrierTimeoutS: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceS: number;
  /** Checkpoints that are kept, the newest ones; what is older is deleted. */
  readonly checkpoints: number;
  /** How far apart tasks may end well: one that ended longer ago than others still work is named, and the attempt fails. */
  readonly exitSpreadS: number;
  /** A task that reported progress once, and then none for so long, is ended as stalled. Default: none is. */
  readonly stallS?: number | undefined;
  /** What a line of the log has that is progress, `*` for anything between; each that is new counts as a step. */
  readonly stallLog?: string | undefined;
  /** Exit code or signal of the task at fault → what its failure means. Default: `user`. */
  readonly exitCodes: Readonly<Record<string, ExitPolicy>>;
  /** Restarts of the gang that each kind of failure may cost. */
  readonly restarts: Readonly<Record<Budget, number>>;
}

/** `fail` ends the run at once; the others are the budget that a restart is charged to, with another host for the second. */
export type ExitPolicy = 'fail' | 'user' | 'infrastructure';

/** What a failure is charged to; each failure is charged to exactly one. */
export type Budget = 'user' | 'infrastructure' | 'preemption';

export interface InferJob {
  readonly kind: 'infer';
  readonly name: string;
  /** What predicts: `s3://…/model.onnx`, or `published:<name>` for what a training job of that name published last. */
  readonly model: string;
  /** Objects or prefixes, all read as one input in the order of their keys. Empty beside `sql`. */
  readonly input: readonly string[];
  /** Read instead of objects: what this query gives, which Stage lets the warehouse leave as Parquet. */
  readonly sql?: WarehouseQuery;
  /** Patterns of the names that are data, of folders in `input`; core/inference/folder.ts. Default: the endings of tables. */
  readonly match?: readonly string[];
  /**
   * Model input name → column, or columns of numbers: a list, or a text with commas between. An input that is not named
   * takes the column of its name, the only one else the only column that fits it.
   */
  readonly columns: Readonly<Record<string, string | readonly string[]>>;
  /** What the model is given where a column has no value. Default: nothing, it is an error. */
  readonly nulls?: NullRule;
  readonly predict: PredictSpec;
  readonly output: InferOutput;
  /** What becomes of rows that cannot be predicted. */
  readonly onError: RowPolicy;
  readonly limits: InferLimits;
  /** Where it runs; there are `hosts` exactly where it says so. Default: `lambda`. */
  readonly compute?: 'lambda' | 'hosts';
  readonly hosts?: HostsRequest;
  readonly local?: LocalSettings;
}

export interface InferOutput {
  /** Input columns beside the predictions, in that order. */
  readonly keep: 'all' | readonly string[];
  /** What the parts are. Default: Arrow IPC files. */
  readonly format?: PartFormat;
}

export type PartFormat = 'arrow' | 'parquet';

/** Column → what stands for a row without a value; `*` is every other column that can have it. */
export type NullRule = Readonly<Record<string, NullPolicy>>;

/** A value stands for NaN too, as it does for pandas; `nan` is NaN. */
export type NullPolicy = 'error' | 'nan' | { readonly value: number | string };

/**
 * Hosts that predict together. They begin once there are `min`, are joined by others as they can be had, and any may
 * leave at any time; on each, one process for each accelerator predicts, and on one without any a single process.
 */
export interface HostsRequest extends Pick<GangRequest, 'instanceTypes' | 'zones' | 'markets'> {
  readonly min: number;
  readonly max: number;
  /** Longest time that the hosts may work, from when the first are asked for. */
  readonly maxDurationS: number;
  /** How long hosts are looked for while there are none. */
  readonly maxQueueS: number;
  /** Longest time of one partition. */
  readonly partitionTimeoutS: number;
  /** Hosts that were lost and may be replaced, over the whole of the work. */
  readonly replacements: number;
}

/** What predicts. */
export type PredictSpec = OnnxPredict | ModulePredict | PythonPredict;

/** A module in TypeScript or JavaScript, which `model` names: it is given the record batches as they are. */
export interface ModulePredict {
  readonly kind: 'module';
  /** Name of the struct column that is added. */
  readonly as: string;
  /** How long it may take to load, and to answer once it has what it asked for. */
  readonly timeoutS: number;
}

/** A Python program, which `model` names: it is given the record batches as pyarrow has them. */
export interface PythonPredict extends Omit<ModulePredict, 'kind'> {
  readonly kind: 'python';
  /** The interpreter that runs it: a path, or a name to look up on the PATH. */
  readonly python: string;
}

/**
 * A model run by onnxruntime. What is not said follows from the model: its own label, the score of it, or the values it
 * gives.
 */
export interface OnnxPredict {
  readonly kind: 'onnx';
  /** Name of the struct column that is added. */
  readonly as: string;
  /** Says that the model gives class scores, where nothing else shows it: the label is the index of the largest. */
  readonly kernel?: 'argmax';
  /** Model output with the label of each row. */
  readonly label?: string;
  /** Model output with one row of class scores a row. */
  readonly scores?: string;
  /** Names of the classes, in the order of the scores. */
  readonly classes?: readonly (string | number)[];
  /** Apply softmax to the scores first: true where the model ends with logits. */
  readonly softmax: boolean;
  /** Adds the list of so many best classes with their scores. */
  readonly top?: number;
  /** Adds the list of all scores. */
  readonly all?: boolean;
  /** Field → output of the model that it takes as it is. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Rows of every call, in their order, for a model that gives a row by what runs with it; each record batch begins a call. */
  readonly batchRows?: number;
  /** The last rows of a record batch that do not fill a call: filled up with copies of the last row, or refused. */
  readonly tail?: 'pad' | 'refuse';
}

export interface InferLimits {
  /** Decoded bytes a partition; the planner splits on record-batch boundaries. */
  readonly partitionBytes: number;
  /** Rows handed to the model at once at most; the kernel probes below it. */
  readonly microBatchRows: number;
  readonly maxConcurrency: number;
}

/** Predicts records as they arrive: files of a folder that is watched, or what the queue of a deployed stream holds. */
export interface StreamJob extends Pick<InferJob, 'name' | 'model' | 'columns' | 'predict'> {
  readonly kind: 'stream';
  /** Folder of this machine whose files are the records of `lockstep stream`. A deployed stream has a queue or a shard. */
  readonly watch?: string;
  /** Column → type of its values in JSON rows. Default: numbers are float64, texts utf8, true and false bool. */
  readonly types: Readonly<Record<string, JsonColumnType>>;
  readonly output: StreamOutput;
  readonly batch: StreamBatching;
  readonly limits: StreamLimits;
  readonly local?: LocalSettings;
}

export type JsonColumnType = 'bool' | 'int32' | 'int64' | 'float32' | 'float64' | 'utf8';

export interface StreamOutput {
  readonly keep: 'all' | readonly string[];
  /** Folder of this machine that predictions of `watch` appear in. */
  readonly to?: string;
}

/** How many records are given to the model together. */
export interface StreamBatching {
  readonly maxRows: number;
  readonly maxBytes: number;
  /** How long the first record waits for others; where a service hands records over, its own window does. */
  readonly maxDelayMs: number;
}

export interface StreamLimits {
  /** How often a record is tried before it is set aside. */
  readonly receives: number;
  /** Most bytes of one record. */
  readonly recordBytes: number;
  /** Rows handed to the model at once at most. */
  readonly microBatchRows: number;
}

/** Train, then put a batch into the inbox, which infers with the model just published. */
export interface PipelineJob {
  readonly kind: 'pipeline';
  readonly name: string;
  readonly train: TrainJob;
  readonly infer: InferJob;
  /** Compares the predictions with what is known about some of the rows. */
  readonly evaluate?: Evaluation;
  readonly local?: LocalSettings;
}

/** Accuracy is the share of rows, of those that `where` selects, whose predicted label equals the column `label`. */
export interface Evaluation {
  readonly label: string;
  /** Column → value that a row must have to count. Empty: every row counts. */
  readonly where: Readonly<Record<string, string>>;
}

/** Only read by the local cloud; ignored on AWS. */
export interface LocalSettings {
  /** Folder of the embedded warehouse: `<database>/<table>.parquet`. Relative paths are resolved against the job file. */
  readonly warehouse?: string;
  /** Command that fills the warehouse and the inputs if they are missing, run in the job file's folder. */
  readonly prepare?: readonly string[];
  /** Pools of the fleet emulator: `"<type>/<zone>/<market>"` → hosts. Unlisted pools of known types have 8. */
  readonly capacity?: Readonly<Record<string, number>>;
}
