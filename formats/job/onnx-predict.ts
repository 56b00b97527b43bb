import type { OnnxPredict } from '#core/job/job.ts';
import type { InferDocument } from './schema.ts';

/** The `predict` of a document as a job has it: what is not said is left out. */
export const onnxPredict = (predict: InferDocument['predict']): OnnxPredict =>
  Object.fromEntries(Object.entries(predict).filter(([, value]) => value !== undefined)) as unknown as OnnxPredict;
