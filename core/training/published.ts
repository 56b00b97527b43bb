/** What a training run leaves for others: the manifest it commits and the pointer `models/<name>/LATEST.json`. */
import type { ObjectRef } from '../objects/records.ts';
import type { Metrics } from './metrics.ts';

export interface TrainManifest {
  readonly version: 1;
  readonly runId: string;
  readonly job: string;
  /** The attempt whose result this is. */
  readonly attempt: number;
  /** Every file that the result holds, by its name within the result; `model.onnx` is the one that inference takes. */
  readonly files: Readonly<Record<string, ObjectRef>>;
  /** What rank 0 returned, e.g. `{ accuracy: 0.93 }`. */
  readonly metrics: Metrics;
  readonly provenance: Readonly<Record<string, string | number>>;
}

export interface Published {
  readonly version: 1;
  readonly name: string;
  readonly runId: string;
  readonly manifestUri: string;
  readonly model: ObjectRef;
}
