import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { requireWritable, type WriteCondition } from './conditions.ts';
import { ObjectJournal } from './object-journal.ts';
import type { StoredObject } from './stored-object.ts';

/**
 * The objects of one bucket: an index in memory, and a journal on disk. A write is decided and recorded without
 * giving up the thread, so of any number of racing conditional writes exactly one finds its condition true.
 */
export class Bucket {
  readonly name: string;
  readonly createdAt: number;
  readonly #journal: ObjectJournal;
  readonly #bodies: string;
  readonly #objects: Map<string, StoredObject>;
  #sorted: readonly string[] | undefined;

  /** Opens the bucket's folder, with whatever it holds. */
  constructor(name: string, folder: string, bodies: string) {
    this.name = name;
    this.#bodies = bodies;
    mkdirSync(folder, { recursive: true });
    this.#journal = new ObjectJournal(folder);
    this.#objects = this.#journal.open();
    this.createdAt = statSync(folder).birthtimeMs;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** Every key in the order of S3, that of its UTF-8 bytes. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.#objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return this.#sorted;
  }

  /** Makes an object visible if the condition holds; throws 412 or 404, and changes nothing, if not. */
  commit(object: StoredObject, condition: WriteCondition): void {
    const replaced = this.#objects.get(object.key);
    requireWritable(condition, replaced);
    this.#journal.put(object);
    this.#objects.set(object.key, object);
    if (replaced === undefined) this.#sorted = undefined;
    else this.#discard(replaced);
  }

  /** Removes an object; one that is not there is no error. */
  remove(key: string): void {
    const removed = this.#objects.get(key);
    if (removed === undefined) return;
    this.#journal.remove(key);
    this.#objects.delete(key);
    this.#sorted = undefined;
    this.#discard(removed);
  }

  #discard(object: StoredObject): void {
    rmSync(join(this.#bodies, object.body), { force: true });
  }
}
