import { MODULE_TIMEOUT_S, PYTHON } from '#core/job/defaults.ts';
import type { PredictSpec } from '#core/job/job.ts';
import type { InferDocument } from './schema.ts';

/** The `predict` of a document as a job has it: what is not said is left out. */
export function predictSpec(predict: InferDocument['predict']): PredictSpec {
  const { kind, as, timeoutS = MODULE_TIMEOUT_S, python = PYTHON } = predict;
  if (kind === 'module') return { kind, as, timeoutS };
  if (kind === 'python') return { kind, as, timeoutS, python };
  return Object.fromEntries(
    Object.entries(predict).filter(([, value]) => value !== undefined),
  ) as unknown as PredictSpec;
}
