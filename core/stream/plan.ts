import { type OutputColumn, type PlannedPrediction, readColumns } from '../inference/plan.ts';

/** How records of one shape are predicted, decided by the first of them. */
export interface StreamPlan {
  readonly prediction: PlannedPrediction;
  /** Columns that stand beside the predictions. */
  readonly columns: readonly OutputColumn[];
}

/** Columns that are read of a record. */
export const columnsRead = ({ prediction, columns }: StreamPlan): string[] => [
  ...new Set([...readColumns(prediction), ...columns.map(({ name }) => name)]),
];
