/** What an inference job reads, and what of it the model takes. */
import * as z from 'zod/mini';
import { described, oneOrMore, passable, text } from './fields.ts';

const places = oneOrMore('Arrow IPC or Parquet objects, files or folders of them.');

/** A list of places alone, or a mapping that says more. */
export const inferInput = described(
  z.union([
    places,
    z.strictObject({
      from: places,
      match: z.optional(
        oneOrMore(
          'Patterns of what is data in folders: of the name, or with a `/` of the path below the folder. Default: the endings of tables.',
        ),
      ),
    }),
  ]),
  'Arrow IPC or Parquet objects, files or folders of them: a list, or `from` with that list and `match` with patterns of what is data in folders.',
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
