import type { PredictionField } from '#core/inference/prediction.ts';

/** What the arg max of class scores gives each row. */
export const LABEL_AND_SCORE: readonly PredictionField[] = [
  { name: 'label', type: 'int32', nullable: false },
  { name: 'score', type: 'float32', nullable: false },
];
