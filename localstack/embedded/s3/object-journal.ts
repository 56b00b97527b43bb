import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredObject } from './stored-object.ts';

type Entry = { readonly put: StoredObject } | { readonly removed: string };

/**
 * The objects of one bucket on disk: a file to which each write and each removal appends a line. A file an object would be
 * easier to look at, and costs more than the object itself where there are thousands.
 */
export class ObjectJournal {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, 'objects.jsonl');
  }

  /** What the lines come to, by key; the journal holds nothing else from then on. A line that a crash cut short is left out. */
  open(): Map<string, StoredObject> {
    const objects = new Map<string, StoredObject>();
    for (const entry of entriesOf(read(this.#path))) {
      if ('put' in entry) objects.set(entry.put.key, entry.put);
      else objects.delete(entry.removed);
    }
    writeFileSync(`${this.#path}.tmp`, [...objects.values()].map((put) => lineOf({ put })).join(''));
    renameSync(`${this.#path}.tmp`, this.#path);
    return objects;
  }

  put(object: StoredObject): void {
    appendFileSync(this.#path, lineOf({ put: object }));
  }

  remove(key: string): void {
    appendFileSync(this.#path, lineOf({ removed: key }));
  }
}

const lineOf = (entry: Entry): string => `${JSON.stringify(entry)}\n`;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  }
}

/** The entries of whole lines: what follows the last line end was never acknowledged. */
const entriesOf = (text: string): Entry[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
