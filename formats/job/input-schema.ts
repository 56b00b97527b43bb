/** What an inference job reads, what of it the model takes, and what is written. */
import * as z from 'zod/mini';
import { described, exactlyOne, oneOrMore, passable, text } from './fields.ts';

const places = oneOrMore('Arrow IPC or Parquet objects, files or folders of them.');

/** A query on the warehouse; `rows` says what a row of its result is. */
export const warehouseQuery = (rows: string) =>
  z.strictObject({
    database: text('Database of the warehouse.'),
    query: text(`SELECT statement; ${rows}`),
  });

const mapping = z
  .strictObject({
    from: z.optional(places),
    match: z.optional(
      oneOrMore(
        'Patterns of what is data in folders: of the name, or with a `/` of the path below the folder. Default: the endings of tables.',
      ),
    ),
    sql: z.optional(warehouseQuery('each row of its result gets a prediction.')),
  })
  .check(
    exactlyOne('from', 'sql'),
    z.refine(({ match, sql }) => match === undefined || sql === undefined, {
      error: 'no `match` beside `sql`: it chooses among the files of folders',
    }),
  );

/** A list of places alone, or a mapping that says more. */
export const inferInput = described(
  z.union([places, mapping]),
  'Arrow IPC or Parquet objects, files or folders of them: a list, or `from` with that list and `match` with patterns of what is data in folders. Or `sql`, a query on the warehouse.',
);

export const modelColumns = described(
  z.record(
    z.string(),
    z.union([text('Column, or columns with commas between.'), oneOrMore('Columns, by their whole names.')]),
  ),
  'Input of the model to column, or to several columns of single values. One that is not named takes the column of its name, the only input else the only column that fits.',
);

const nullWord = z.union([z.number(), text('error, nan, or the text that stands for a null.')]);
const nullPolicy = z.union([
  nullWord,
  z.strictObject({
    value: described(z.union([z.number(), passable]), 'What stands for a null, also a text such as "nan".'),
  }),
]);

/** What the model is given where a column has no value. */
export const nullsOfInputs = described(
  z.union([nullWord, z.record(z.string(), nullPolicy)]),
  'What the model is given where a column has no value: `error` (the default: the run fails), `nan`, or a value, which stands for NaN too. For all columns, or column to what it is, with `*` for all others.',
);

/** What stands beside the predictions, and what the parts are. */
export const inferOutput = z.strictObject({
  keep: z._default(
    described(z.union([z.literal('all'), z.array(z.string())]), 'Input columns that the output keeps: all, or a list.'),
    'all',
  ),
  format: z._default(
    described(
      z.enum(['arrow', 'parquet']),
      'What the parts are: Arrow IPC files, uncompressed, or Parquet files, zstd.',
    ),
    'arrow',
  ),
});
