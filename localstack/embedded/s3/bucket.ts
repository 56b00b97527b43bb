import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireWritable, type WriteCondition } from './conditions.ts';
import type { StoredObject } from './stored-object.ts';

/**
 * The objects of one bucket: an index in memory, and one record a key on disk. A write is decided and recorded without
 * giving up the thread, so of any number of racing conditional writes exactly one finds its condition true.
 */
export class Bucket {
  readonly name: string;
  readonly createdAt: number;
  readonly #folder: string;
  readonly #bodies: string;
  readonly #objects = new Map<string, StoredObject>();
  #sorted: readonly string[] | undefined;

  /** Opens the bucket's folder, with whatever it holds. */
  constructor(name: string, folder: string, bodies: string) {
    this.name = name;
    this.#folder = folder;
    this.#bodies = bodies;
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(folder)) {
      if (!file.endsWith('.json')) continue;
      const object = JSON.parse(readFileSync(join(folder, file), 'utf8')) as StoredObject;
      this.#objects.set(object.key, object);
    }
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
    const record = this.#record(object.key);
    writeFileSync(`${record}.tmp`, JSON.stringify(object));
    renameSync(`${record}.tmp`, record);
    this.#objects.set(object.key, object);
    if (replaced === undefined) this.#sorted = undefined;
    else this.#discard(replaced);
  }

  /** Removes an object; one that is not there is no error. */
  remove(key: string): void {
    const removed = this.#objects.get(key);
    if (removed === undefined) return;
    rmSync(this.#record(key), { force: true });
    this.#objects.delete(key);
    this.#sorted = undefined;
    this.#discard(removed);
  }

  /** Keys are longer than file names may be, and may hold any character. */
  #record(key: string): string {
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex')}.json`);
  }

  #discard(object: StoredObject): void {
    rmSync(join(this.#bodies, object.body), { force: true });
  }
}
