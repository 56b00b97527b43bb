/** What of a job goes with which kind of `predict`. */
import * as z from 'zod/mini';
import type { PredictSpec } from '#core/job/job.ts';
import { publishedName } from '#core/job/remote.ts';

type Kind = PredictSpec['kind'];

/** Keys of `predict` that programs have, and those that not every one has; `softmax` is there by its default. */
const OF_PROGRAMS = ['as', 'timeoutS'];
const OF_PYTHON = ['python'];

interface Predict {
  readonly kind: Kind;
  readonly softmax: boolean;
  readonly timeoutS?: number | undefined;
  readonly python?: string | undefined;
}

/** Refuses in `predict` what belongs to another kind. */
export const ofItsKind = z.refine<Predict>(
  ({ kind, softmax, ...rest }) => {
    const given = Object.entries(rest).flatMap(([key, value]) => (value === undefined ? [] : [key]));
    if (kind === 'onnx') return !given.some((key) => key === 'timeoutS' || OF_PYTHON.includes(key));
    return (
      !softmax && given.every((key) => OF_PROGRAMS.includes(key) || (kind === 'python' && OF_PYTHON.includes(key)))
    );
  },
  {
    error:
      '`timeoutS` and `as` alone beside `kind: module`, `python` too beside `kind: python`, and no `timeoutS` nor `python` beside `kind: onnx`',
  },
);

type Infer = {
  readonly model: string;
  readonly columns: object;
  readonly nulls?: unknown;
  readonly predict: Predict;
};

/** A program is given every column as it is. */
export const columnsOfModels = z.refine<Infer>(
  ({ predict, columns }) => predict.kind === 'onnx' || Object.keys(columns).length === 0,
  {
    error:
      'no `columns` beside `predict: { kind: module }` or `python`: a module is given every column, and so is a Python program',
  },
);

export const nullsOfModels = z.refine<Infer>(({ predict, nulls }) => predict.kind === 'onnx' || nulls === undefined, {
  error:
    'no `nulls` beside `predict: { kind: module }` or `python`: a program is given the columns as they are, with their nulls',
});

/** What a training run publishes for inference is its ONNX file. */
export const kindOfPublished = z.refine<Infer>(
  ({ model, predict }) => predict.kind === 'onnx' || publishedName(model) === undefined,
  { error: '`predict: { kind: onnx }` beside a published model, which is an ONNX file; a module is a file, or s3://…' },
);

/** A file of such an ending is of one kind, which was most likely not said. */
const KIND_OF: readonly (readonly [RegExp, Kind])[] = [
  [/\.[cm]?[jt]s$/, 'module'],
  [/\.py$/, 'python'],
];

export const kindOfFile = z.refine<Infer>(
  ({ model, predict }) => KIND_OF.every(([ending, kind]) => predict.kind === kind || !ending.test(model)),
  {
    error:
      '`predict: { kind: module }` beside a model in TypeScript or JavaScript, `predict: { kind: python }` beside one in Python',
  },
);
