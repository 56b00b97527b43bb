/** What becomes of rows that cannot be predicted, in a job document. */
import * as z from 'zod/mini';
import { ROW_POLICY } from '#core/job/defaults.ts';
import { ROW_ACTIONS } from '#core/job/row-policy.ts';
import { count, described } from './fields.ts';

/** YAML reads the word `null` as nothing at all; here it is what it says. */
const action = z.union([z.enum(ROW_ACTIONS), z.null()]);

const of = (when: string) => z.optional(described(action, `Rows ${when}. Default: deadLetter.`));

const unreadable = (what: string) =>
  z.optional(described(z.literal('fail'), `${what}; nothing of its rows is left to be set aside. Default: fail.`));

const byClass = z.strictObject({
  decode: unreadable('A record batch or row group that is damaged'),
  schema: unreadable('An object whose columns are not those of the others'),
  nullInput: of('without a value in a column that the model reads'),
  shape: of('with a list of another length, or a number that the input of the model does not hold exactly'),
  model: of('that the model, module or program fails on'),
  nonFinite: of('for which the model gives NaN or infinity'),
  timeout: of('that take longer than the time there is, each by itself'),
  oom: of('that end what predicts them, each by itself: out of memory, or killed'),
  toleratedRows: z.optional(
    count(
      { min: 0, max: Number.MAX_SAFE_INTEGER },
      'More rows without a prediction fail the run. Default: any number.',
    ),
  ),
  toleratedRowFraction: z._default(
    described(
      z.number().check(z.gte(0), z.lte(1)),
      'A larger share of all rows without a prediction fails the run. What is passed first of both counts.',
    ),
    ROW_POLICY.toleratedRowFraction,
  ),
});

/** One word for every class, or a mapping that says more. */
export const onError = described(
  z.union([z.enum(ROW_ACTIONS), byClass]),
  'What becomes of rows that cannot be predicted: `fail` fails the run, `null` keeps the row without a prediction, `drop` leaves it out, `deadLetter` sets it aside with its reason. One word for all, or a mapping.',
);
