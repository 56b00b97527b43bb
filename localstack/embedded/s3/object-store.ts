import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Bucket } from './bucket.ts';
import { noSuchBucket, S3Error } from './s3-error.ts';

/** All buckets, below one folder: `buckets/<name>/objects.jsonl`, `bodies/<id>`. */
export class ObjectStore {
  readonly #folder: string;
  /** Folder of the files with the bytes. */
  readonly bodiesDir: string;
  readonly #buckets = new Map<string, Bucket>();

  constructor(folder: string) {
    this.#folder = join(folder, 'buckets');
    this.bodiesDir = join(folder, 'bodies');
    mkdirSync(this.#folder, { recursive: true });
    mkdirSync(this.bodiesDir, { recursive: true });
    for (const name of readdirSync(this.#folder)) this.#open(name);
    this.#removeUnfinished();
  }

  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw noSuchBucket();
    return bucket;
  }

  buckets(): readonly Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  createBucket(name: string): void {
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes('..')) {
      throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.');
    }
    if (!this.#buckets.has(name)) this.#open(name);
  }

  deleteBucket(name: string): void {
    if (this.bucket(name).keys().length > 0) {
      throw new S3Error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty');
    }
    this.#buckets.delete(name);
    rmSync(join(this.#folder, name), { recursive: true });
  }

  /** A name for the bytes of a write under way. */
  newBody(): string {
    return randomUUID();
  }

  bodyPath(body: string): string {
    return join(this.bodiesDir, body);
  }

  #open(name: string): void {
    this.#buckets.set(name, new Bucket(name, join(this.#folder, name), this.bodiesDir));
  }

  /** Bytes that no record names are of writes that a crash cut short. */
  #removeUnfinished(): void {
    const named = new Set(this.buckets().flatMap((bucket) => bucket.keys().map((key) => bucket.get(key)?.body)));
    for (const body of readdirSync(this.bodiesDir)) {
      if (!named.has(body)) rmSync(this.bodyPath(body), { force: true });
    }
  }
}
