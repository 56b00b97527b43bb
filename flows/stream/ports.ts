import type { RecordBatch } from 'apache-arrow';
import type { Predictors } from '#core/inference/ports.ts';
import type { ReadObjects } from '#core/inference/table-format.ts';
import type { StreamJob } from '#core/job/job.ts';
import type { StreamDeadLetter } from '#core/stream/dead-letter.ts';
import type { StreamPlan } from '#core/stream/plan.ts';
import type { RecordClaims } from '#core/stream/ports.ts';
import type { JsonRow, StreamRecord } from '#core/stream/record.ts';
import type { Clock, Ids, Log } from '#core/system/ports.ts';
import type { TablePorts } from '#formats/table/formats.ts';

export interface StreamPorts {
  /** Where objects that records name are, and the model. */
  readonly objects: ReadObjects;
  readonly parquet: TablePorts['parquet'];
  readonly predictors: Predictors<RecordBatch>;
  readonly recordClaims: RecordClaims;
  readonly answers: Answers;
  readonly plans: StreamPlans;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** A stream, with the model that it predicts with now. */
export interface RunningStream {
  readonly job: StreamJob;
  /** What may be used: processors of this process. */
  readonly processors: number;
  /** How long a claim is good for: longer than the call that makes it can live. */
  readonly claimMs: number;
  /** False once there is no time for another batch; what is left comes again. @default - there is always time */
  readonly hasTime?: () => boolean;
}

/** The answer to a record. */
export interface RecordAnswer {
  readonly record: StreamRecord;
  readonly rows: number;
  /** As it came: record batches of one schema, or rows of JSON. */
  readonly content: AnswerContent;
}

export type AnswerContent =
  | { readonly form: 'arrow'; readonly batches: readonly RecordBatch[] }
  | { readonly form: 'json'; readonly rows: readonly JsonRow[] };

/**
 * Where answers and dead letters go. Written first where nobody sees it, then, once its records are finished with it as their
 * outcome, made visible: by whoever finished them, or by whoever finds them finished. So what is visible is never of two.
 */
export interface Answers {
  /** Writes answers, all of the same form and columns, and returns the outcome that `publish` takes. */
  stage(answers: readonly RecordAnswer[]): Promise<string>;
  /** Likewise a record that is set aside. */
  stageDead(letter: StreamDeadLetter): Promise<string>;
  /** Makes an outcome visible, however often it is called. */
  publish(outcome: string): Promise<void>;
}

/** What was decided for records of a shape, so that every process predicts them alike. */
export interface StreamPlans {
  /** The plan that is kept under a key; the one that `make` gives is kept where there is none. */
  planOf(key: string, make: () => Promise<StreamPlan>): Promise<StreamPlan>;
}
