/** The `input` of an inference job. */
import * as z from 'zod/mini';
import { oneOrMore } from './fields.ts';

const places = oneOrMore('Arrow IPC or Parquet objects, files or folders of them.');

/** A list of places alone, or a mapping that says more. */
export const inferInput = z.union([
  places,
  z.strictObject({
    from: places,
    match: z.optional(
      oneOrMore(
        'Patterns of what is data in folders: of the name, or with a `/` of the path below the folder. Default: the endings of tables.',
      ),
    ),
  }),
]);
