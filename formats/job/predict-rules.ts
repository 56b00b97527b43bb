/** What of a job goes with which kind of `predict`. */
import * as z from 'zod/mini';
import { publishedName } from '#core/job/remote.ts';

/** Keys of `predict` that a module has; `softmax` is there by its default. */
const OF_MODULE = ['kind', 'as', 'timeoutS'];

type Predict = { readonly kind: 'onnx' | 'module'; readonly softmax: boolean; readonly timeoutS?: number | undefined };

/** Refuses in `predict` what belongs to the other kind. */
export const ofItsKind = z.refine<Predict>(
  ({ kind, softmax, ...rest }) => {
    if (kind === 'onnx') return rest.timeoutS === undefined;
    const given = Object.entries(rest).filter(([, value]) => value !== undefined);
    return !softmax && given.every(([key]) => OF_MODULE.includes(key));
  },
  { error: '`timeoutS` and `as` alone beside `kind: module`, and no `timeoutS` beside `kind: onnx`' },
);

type Infer = { readonly model: string; readonly columns: object; readonly predict: Predict };

/** A module is given every column as it is. */
export const columnsOfModels = z.refine<Infer>(
  ({ predict, columns }) => predict.kind === 'onnx' || Object.keys(columns).length === 0,
  { error: 'no `columns` beside `predict: { kind: module }`: a module is given every column' },
);

/** What a training run publishes for inference is its ONNX file. */
export const kindOfPublished = z.refine<Infer>(
  ({ model, predict }) => predict.kind === 'onnx' || publishedName(model) === undefined,
  { error: '`predict: { kind: onnx }` beside a published model, which is an ONNX file; a module is a file, or s3://…' },
);

/** A program is not an ONNX file, and most likely a module whose kind was not said. */
export const kindOfFile = z.refine<Infer>(
  ({ model, predict }) => predict.kind === 'module' || !/\.[cm]?[jt]s$/.test(model),
  { error: '`predict: { kind: module }` beside a model in TypeScript or JavaScript' },
);
