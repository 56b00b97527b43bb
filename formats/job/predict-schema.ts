/** What predicts, in a job document. */
import * as z from 'zod/mini';
import { PREDICTION_COLUMN } from '#core/job/defaults.ts';
import { count, described, mapping, seconds, text } from './fields.ts';
import { ofItsKind } from './predict-rules.ts';

/** `predict` of either kind; the rules say what goes with which. */
export const predict = z
  .strictObject({
    kind: z._default(
      described(
        z.enum(['onnx', 'module', 'python']),
        'What `model` is: an ONNX file, a module in TypeScript or JavaScript that predicts, or a Python program that does, which needs a Python and so runs on this machine or on hosts.',
      ),
      'onnx',
    ),
    timeoutS: z.optional(
      seconds(
        'Of a module or program: the longest time to load, and to answer for the rows it has. Default: 60 seconds.',
        600,
      ),
    ),
    python: z.optional(
      text(
        'Of a Python program: the interpreter, or the folder of a virtual environment. Default: python3 of the PATH.',
      ),
    ),
    kernel: z.optional(
      described(z.enum(['argmax']), 'The model gives class scores; the label is the index of the largest.'),
    ),
    label: z.optional(text('Model output with the label of each row. Default: the one that the model has.')),
    scores: z.optional(text('Model output with a row of class scores a row.')),
    classes: z.optional(
      described(
        z.array(z.union([z.string(), z.int()])).check(z.minLength(2, 'a list of 2 or more')),
        'Names of the classes, in the order of the scores. Default: what the model says.',
      ),
    ),
    softmax: z._default(described(z.boolean(), 'Apply softmax: for a model that ends with logits.'), false),
    top: z.optional(count({ min: 1, max: 1000 }, 'Adds the list `top` of so many best classes, with their scores.')),
    all: z.optional(described(z.boolean(), 'Adds the list `scores` of all class scores.')),
    outputs: z.optional(mapping('Field of the prediction to the model output that it takes as it is.')),
    batchRows: z.optional(
      count(
        { min: 1, max: 65_536 },
        'Exactly so many rows a call, in their order: for a model whose answer for a row depends on the rows beside it.',
      ),
    ),
    tail: z.optional(
      described(
        z.enum(['pad', 'refuse']),
        'What becomes of the rows at the end of a record batch that do not fill such a call.',
      ),
    ),
    as: z._default(text('Name of the struct column of predictions.'), PREDICTION_COLUMN),
  })
  .check(ofItsKind);
