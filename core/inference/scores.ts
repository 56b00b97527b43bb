import { LockstepError } from '../errors.ts';
import { inputText, type ModelSignature } from './bind.ts';
import type { PredictionField } from './prediction.ts';

/** What the arg max of class scores gives each row. */
export const LABEL_AND_SCORE: readonly PredictionField[] = [
  { name: 'label', type: 'int32', nullable: false },
  { name: 'score', type: 'float32', nullable: false },
];

/**
 * The model output that holds one row of class scores a row: the one that is `wanted`, or else the only float32 output
 * of rank 2. LS_MODEL_MISMATCH names what the model has.
 */
export function scoresOutput(model: ModelSignature, wanted?: string): string {
  const fits = model.outputs.filter(({ type, dims }) => type === 'float32' && dims.length === 2);
  const there = model.outputs.map((output) => `\`${inputText(output)}\``).join(', ');
  if (wanted !== undefined) {
    if (fits.some((output) => output.name === wanted)) return wanted;
    throw mismatch(`\`predict.scores\` wants \`${wanted}: float32[N,classes]\`, the model has ${there}`);
  }
  const [only] = fits;
  if (only && fits.length === 1) return only.name;
  throw mismatch(
    only
      ? `several outputs of the model could be class scores: ${there}; name one in \`predict.scores\``
      : `the kernel \`argmax\` wants one output \`float32[N,classes]\`, the model has ${there}`,
  );
}

const mismatch = (message: string): LockstepError => new LockstepError('LS_MODEL_MISMATCH', message);
