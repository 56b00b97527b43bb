/** What travels between the states of the inference workflow. It stays far under 32 KB whatever the size of the run. */

import type { CrewSearch } from './tend.ts';

/** Input of the inference workflow: from the command line as it is here, or an `ObjectCreated` event, see below. */
export interface InferenceState {
  readonly runId: string;
  readonly jobUri: string;
  /** Set by Plan where the rows of the job's query are not there yet: Stage has them made, and Plan is entered again. */
  readonly staging?: Staging;
  /** Set by Plan, with OBJECTS.items(runId) written beside the plan for the Distributed Map to read. */
  readonly planUri?: string;
  readonly partitions?: number;
  /** Set by Plan, and anew by Commit where lost partitions were split: key of the PartitionItems that the Map reads. */
  readonly itemsKey?: string;
  /** Set by Plan from `limits.maxConcurrency`: how many partitions the Map has in work at once. */
  readonly maxConcurrency?: number;
  /** Set by Plan where hosts predict, and with it the execution itself, by its ARN. */
  readonly compute?: 'hosts';
  readonly execution?: string;
  /** Of the hosts: where the search for them is, and after how many seconds they are looked at again; 0 once that is over. */
  readonly search?: CrewSearch;
  readonly waitS?: number;
  /** Set by Plan, and anew by Commit where a redriven execution goes over what is left: core/inference/round.ts. */
  readonly round?: string;
  /**
   * Set where the Map failed. Commit is entered all the same: it finds out which partitions lack a manifest and fails
   * with the recorded OBJECTS.failure of one of them, or with this where none was recorded.
   */
  readonly error?: WorkflowError;
  /** Set by Commit: the manifest that makes the predictions visible, and how many there are. */
  readonly manifestUri?: string;
  readonly rows?: number;
}

/** The query of a run on its way. */
export interface Staging {
  /** Epoch seconds at which Plan asked for it. */
  readonly since: number;
  /** Seconds until it is looked at. */
  readonly waitS: number;
  /** Once it was started. */
  readonly queryId?: string;
}

/** A query that is wanted now, in epoch milliseconds. */
export const newStaging = (nowMs: number): Staging => ({ since: Math.floor(nowMs / 1000), waitS: 0 });

/** Where the rows of a query lie, all of them. */
export interface StagedInput {
  /** `s3://…/` */
  readonly uri: string;
  readonly queryId: string;
}

/** What Stage is given. */
export interface StageInput {
  readonly input: InferenceState;
  readonly execution: string;
}

/** What Step Functions puts where a `Catch` asks for it. */
export interface WorkflowError {
  readonly Error: string;
  readonly Cause: string;
}

/**
 * The EventBridge event that starts an inference run by itself, as EventBridge passes it. Plan makes the run id from
 * what says which event it is, so that one delivered twice is one run.
 */
export interface ObjectCreated {
  readonly id: string;
  readonly source: 'aws.s3';
  readonly 'detail-type': 'Object Created';
  readonly detail: {
    readonly bucket: { readonly name: string };
    readonly object: {
      readonly key: string;
      readonly etag: string;
      readonly size: number;
      /** Larger for a later event of the same key, be its bytes the same or not. */
      readonly sequencer: string;
    };
  };
}

/** What Plan is given: the input of the execution, and which execution it is. */
export interface PlanInput {
  readonly input: InferenceState | ObjectCreated;
  readonly execution: string;
}

/** What Plan returns for an object that starts no run: a file inside a batch folder, a name that is no inbox. */
export interface Ignored {
  readonly ignored: string;
}

/** What the Distributed Map reads of a partition, whichever execution it is. */
export interface PartitionItem {
  readonly runId: string;
  readonly planUri: string;
  readonly partition: number;
}

/** One item of the Distributed Map: everything else is read from the plan object. */
export interface PartitionTask extends PartitionItem {
  readonly round: string;
}
