/** What a job of kind stream may say. */
import * as z from 'zod/mini';
import { STREAM_BATCHING, STREAM_LIMITS } from '#core/job/defaults.ts';
import { count, described, name, text } from './fields.ts';
import { modelColumns } from './input-schema.ts';
import { predict } from './predict-schema.ts';

const MIB = 1024 * 1024;

const batch = z.strictObject({
  maxRows: z._default(
    count({ min: 1, max: 1_000_000 }, 'Most rows of several records that are given to the model together.'),
    STREAM_BATCHING.maxRows,
  ),
  maxBytes: z._default(
    count({ min: 1024, max: 256 * MIB }, 'Most bytes of their rows, decoded.'),
    STREAM_BATCHING.maxBytes,
  ),
  maxDelayMs: z._default(
    count({ min: 0, max: 300_000 }, 'How long the first record waits for others, in milliseconds.'),
    STREAM_BATCHING.maxDelayMs,
  ),
});

const limits = z.strictObject({
  receives: z._default(
    count({ min: 1, max: 100 }, 'How often a record is tried before it is set aside as a dead letter.'),
    STREAM_LIMITS.receives,
  ),
  recordBytes: z._default(
    count({ min: 1024, max: 1024 * MIB }, 'Most bytes of one record.'),
    STREAM_LIMITS.recordBytes,
  ),
  microBatchRows: z._default(
    count({ min: 1, max: 1_000_000 }, 'Most rows handed to the model at once.'),
    STREAM_LIMITS.microBatchRows,
  ),
});

const output = z.strictObject({
  to: z.optional(text('Folder of this machine that the predictions of `watch` appear in, beside the job file.')),
  keep: z._default(
    described(
      z.union([z.literal('all'), z.array(z.string())]),
      'Columns of a record that its answer keeps: all, or a list.',
    ),
    'all',
  ),
});

/** Its keys, but for those that every kind has. */
export const streamShape = {
  kind: z.literal('stream'),
  name: name('Name of the stream.'),
  model: text(
    'What predicts, as `predict.kind` says: a file beside the job file, s3://…, or published:<name> for what a training run published last.',
  ),
  watch: z.optional(
    text(
      'Folder of this machine, beside the job file: each Arrow, Parquet or JSON-lines file in it is a record of `lockstep stream`. A deployed stream has a queue instead.',
    ),
  ),
  columns: z._default(modelColumns, {}),
  types: z._default(
    described(
      z.record(z.string(), z.enum(['bool', 'int32', 'int64', 'float32', 'float64', 'utf8'])),
      'Column of JSON rows to the type of its values. Default: numbers are float64, texts utf8, true and false bool.',
    ),
    {},
  ),
  predict: z.prefault(predict, {}),
  output: z.prefault(output, {}),
  batch: z.prefault(batch, {}),
  limits: z.prefault(limits, {}),
};
