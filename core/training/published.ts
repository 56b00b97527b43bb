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

/** `models/<name>/LATEST.json`: the model of the run that was queued last, of those that have published. */
export interface Published {
  readonly version: 1;
  readonly name: string;
  readonly runId: string;
  /** Epoch seconds at which the run was queued; absent in a pointer that was written before it was kept. */
  readonly queuedAt?: number;
  readonly manifestUri: string;
  readonly model: ObjectRef;
}

/**
 * Whether a pointer gives way to that of another run: it does to one that was queued later, or in the same second with
 * the greater run id, so that any two agree on who is last. A pointer that does not say when its run was queued gives
 * way to any other run: it was written before all that do.
 */
export function isBehind(pointer: Published, other: Published): boolean {
  const [own = Number.NEGATIVE_INFINITY, others = Number.NEGATIVE_INFINITY] = [pointer.queuedAt, other.queuedAt];
  return own === others ? pointer.runId < other.runId : own < others;
}
