/** The file that rows are set aside in: every column of their object, and one that says why. */
import type { PredictionField } from './prediction.ts';

/** Key in the metadata of a schema that says which column is the reason: as input of a run such a file is read without it. */
export const DEAD_LETTERS = 'lockstep.deadLetters';

/** What is known of a dead letter beside its row. */
export const DEAD_LETTER_FIELDS: readonly PredictionField[] = [
  { name: 'class', type: 'utf8', nullable: false },
  { name: 'code', type: 'utf8', nullable: false },
  { name: 'message', type: 'utf8', nullable: false },
  { name: 'object', type: 'utf8', nullable: false },
  { name: 'block', type: 'int64', nullable: false },
  { name: 'row', type: 'int64', nullable: false },
  { name: 'attempt', type: 'utf8', nullable: false },
];

const COLUMN = 'lockstep_error';

/** The name of the column: one that none of the others has. */
export function reasonColumn(names: readonly string[]): string {
  let name = COLUMN;
  while (names.includes(name)) name = `${name}_`;
  return name;
}
