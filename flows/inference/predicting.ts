import type { RecordBatch } from 'apache-arrow';
import type { Predictor, StageWatch } from '#core/inference/ports.ts';
import type { RowPolicy } from '#core/job/row-policy.ts';

/** How the rows of a partition get their predictions. */
export interface Predicting {
  readonly predictor: Predictor<RecordBatch>;
  readonly watch: StageWatch;
  readonly onError: RowPolicy;
  /** Rows that get their predictions together or not at all, by their places in a record batch. @default 1 */
  readonly rowsTogether?: number;
}
