import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { invariant } from '#core/errors.ts';
import { partBytes } from '#flows/stream/object-answers.ts';
import type { Answers, RecordAnswer } from '#flows/stream/ports.ts';
import { jsonBytes } from '#formats/json/json-object.ts';

/** Where a file is before it is visible, and where it is then; below the folder of answers. */
interface Renaming {
  readonly from: string;
  readonly to: string;
}

/** The folder of drafts and of the journal, below that of the answers; its name keeps readers of tables out. */
export const STATE_FOLDER = '.lockstep';
/** In that folder. */
export const [JOURNAL, LOCK] = ['journal.jsonl', 'lock'] as const;
/** Below the folder of answers. */
export const DEAD_FOLDER = '_dead';

/**
 * Answers as files, one for each record, under its name. A file is written beside the journal, and renamed when the record is
 * finished with that as its outcome, so that it appears as a whole, and once.
 */
export function folderAnswers(folder: string, newId: () => string): Answers {
  const place = (name: string) => join(folder, name);
  const draft = (name: string, bytes: Uint8Array): Renaming => {
    const from = join(STATE_FOLDER, `${newId()}-${basename(name)}`);
    writeFileSync(place(from), bytes, { flush: true });
    return { from, to: name };
  };
  return {
    stage: async (answers) =>
      JSON.stringify(answers.map((answer) => draft(answerName(answer), partBytes([answer], answer.content.form)))),
    stageDead: async (letter) => {
      const { name } = letter.record as { readonly name: string };
      return JSON.stringify([draft(join(DEAD_FOLDER, `${name}.json`), jsonBytes(letter))]);
    },
    async publish(outcome) {
      for (const { from, to } of JSON.parse(outcome) as readonly Renaming[]) {
        if (!existsSync(place(from))) continue;
        mkdirSync(dirname(place(to)), { recursive: true });
        renameSync(place(from), place(to));
      }
    },
  };
}

/** Removes what a process left that died while it wrote: drafts that the journal, as a text, does not name. */
export function removeLeftDrafts(stateFolder: string, journal: string): void {
  const left = readdirSync(stateFolder).filter((name) => isDraft(name) && !journal.includes(name));
  for (const name of left) rmSync(join(stateFolder, name), { force: true });
}

const isDraft = (name: string): boolean => name !== JOURNAL && name !== LOCK;

const ARROW = /\.(?:arrow|feather|ipc)$/i;

/** The name of the record's own file; where what is in it has another form, with the ending of that form behind. */
function answerName({ record, content }: RecordAnswer): string {
  invariant(record.id !== '', 'a file has a name');
  return content.form === 'json' || ARROW.test(record.id) ? record.id : `${record.id}.arrow`;
}
