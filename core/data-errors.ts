import { type ErrorRow, row } from './error-kinds.ts';

/** The rows of data, models and predictions in the table of errors. */
export const DATA_ERRORS = {
  LS_DATA_UNREADABLE: row(
    'data',
    'The data source or input cannot be read.',
    'Check that it exists, that it may be read, and that its format is the one named.',
  ),
  LS_QUERY_FAILED: row('data', 'The warehouse refused or failed the query.', 'Run the query by itself and correct it.'),
  LS_DATA_EMPTY: row('data', 'The data source or input prefix holds nothing.', 'Check the prefix or the query.'),
  LS_DATA_TOO_FEW: row(
    'data',
    'The data has fewer rows than the gang has tasks, so that some tasks would have none.',
    'Ask for fewer tasks, or give more rows.',
  ),
  LS_ARROW_CORRUPT: row(
    'data',
    'An Arrow file is damaged, truncated or not Arrow at all.',
    'Write the file again; a complete one ends with its footer and the magic ARROW1.',
  ),
  LS_ARROW_UNSUPPORTED: row(
    'data',
    'An Arrow or Parquet file uses a type, compression or layout that is not supported.',
    'See docs/inference.md for what is; convert the column.',
  ),
  LS_PARQUET_CORRUPT: row(
    'data',
    'A Parquet file is damaged or truncated.',
    'Write the file again; a complete one ends with its footer and the magic PAR1.',
  ),
  LS_PARQUET_UNSUPPORTED: row(
    'data',
    'A Parquet file is encrypted, spread over several files, or uses a compression that is not supported.',
    'See docs/inference.md for what is; write the file again.',
  ),
  LS_PARQUET_UNWRITABLE: row(
    'data',
    'A table cannot be written as Parquet so that it is read back as it was.',
    'Write Arrow, which keeps every type (FILE.arrow of `read`, `output: { format: arrow }` of a job), or predict with `output.keep` without the column that the message names.',
  ),
  LS_SCHEMA_DIFFERS: row(
    'data',
    'The objects of one input do not have the same columns.',
    'Give inputs of one kind to a run, or correct the object that the message names. A column that only some have, and that the model does not read, is left out by `output: { keep: […] }`.',
  ),
  LS_MODEL_UNREADABLE: row(
    'data',
    'What predicts is missing, or is no ONNX model, module or Python program that can be loaded.',
    'Export the model again as ONNX, or correct the module or program.',
  ),
  LS_MODEL_MISMATCH: row(
    'data',
    'The model and the columns do not fit.',
    'Correct `columns` in the job, or the type and width of the column named.',
  ),
  LS_OUTPUTS_UNCLEAR: row(
    'data',
    'What the outputs of the model mean, and what `predict` says of them, do not go together.',
    'Say in `predict` what they mean: the message has lines that would do, docs/inference.md has all of them.',
  ),
  LS_ROWS_DEPEND: row(
    'data',
    'What the model gives for a row depends on the rows that run with it.',
    'Export the model for inference (no batch statistics, no dropout), or say `predict: { batchRows: N }`: exactly N rows a call, in their order. `batchRows: 1` runs each row alone.',
  ),
  LS_BATCH_TAIL: row(
    'data',
    'The last rows of a record batch do not fill a call of `predict.batchRows` rows.',
    'Say `predict: { tail: pad }` to fill the call up with copies of the last row, or write record batches of a multiple of it.',
  ),
  LS_RECORD_INVALID: row(
    'data',
    'A record of a stream is none of what a stream takes.',
    'See docs/stream.md for the forms of a record; correct the producer.',
  ),
  LS_RECORD_TOO_LARGE: row(
    'data',
    'A record of a stream has more bytes than `limits.recordBytes` allows.',
    'Raise the limit, write smaller objects, or read it with `lockstep infer`, which is made for large ones.',
  ),
  LS_NULL_INPUT: row(
    'data',
    'A column that the model reads has a row without a value.',
    'Say in `nulls` what the model is given there (`nan`, or a value), or fill or drop the rows; a null is never taken for a zero.',
  ),
  LS_LIST_LENGTH: row(
    'data',
    'A column of lists that the model reads has a list that is longer or shorter than the input.',
    'Pad, cut or leave out the lists that differ before the run.',
  ),
  LS_VALUE_INEXACT: row(
    'data',
    'A column that the model reads has a whole number that the element type of the input cannot hold exactly.',
    'Leave the column out if it is an id; else scale it, or export the model with an input of float64 or int64.',
  ),
  LS_INPUT_CHANGED: row(
    'data',
    'An input object was overwritten after the plan was made.',
    'Start a new run; never overwrite inputs of a run in progress.',
  ),
  LS_PREDICTION_FAILED: row(
    'task',
    'The model, module or program failed on rows of the input.',
    'The message names the object and the rows: correct them, or what fails on them, and start a new run.',
  ),
  LS_PREDICTION_MISCOUNTED: row(
    'task',
    'A module or program returned more or fewer rows than it was given, so nobody knows which prediction is whose.',
    'Return one row for each row, in their order; a row that cannot be predicted may get nulls, or throw an error of its own.',
  ),
  LS_NOT_FINITE: row(
    'data',
    'The model gave NaN or infinity for a row.',
    'Correct the row or the model; `onError: { nonFinite: deadLetter }` (or `null`, `drop`) lets the run go on without the row.',
  ),
  LS_PREDICTION_TIMEOUT: row(
    'task',
    'A module or program was silent for longer than `predict.timeoutS`.',
    'Raise `predict.timeoutS`, or correct what takes so long; `onError: { timeout: deadLetter }` lets the run go on without the row.',
  ),
  LS_PREDICTOR_DIED: row(
    'task',
    'What predicts was killed or ended by itself.',
    'Read the end of its log: a crash, or out of memory; `onError: { oom: deadLetter }` lets the run go on without the row that does it.',
  ),
  LS_ROWS_FAILED: row(
    'data',
    'More rows have no prediction than the job tolerates.',
    'Correct the rows or what predicts them; or raise `onError.toleratedRowFraction` or `onError.toleratedRows`, so that the run commits without them.',
  ),
  LS_PARTITION_TIMEOUT: row(
    'task',
    'A partition was not predicted within the time that one function call has.',
    'It is predicted in pieces. Where that ends the run: lower `limits.partitionBytes`, or give the function more memory and with it more processor.',
    true,
  ),
  LS_RUN_INCOMPLETE: row(
    'task',
    'Not every partition of the run has its predictions, so nothing was committed.',
    'Read why in the log of the function, then start a new run.',
  ),
} as const satisfies Record<string, ErrorRow>;
