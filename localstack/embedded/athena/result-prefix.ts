import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { QueryFailure } from './query-failure.ts';

/** The prefix that UNLOAD writes below. */
export class ResultPrefix {
  readonly #s3: S3Client;
  readonly #uri: string;
  readonly #bucket: string;
  readonly #prefix: string;

  /** `uri` is `s3://<bucket>/<prefix>/`. */
  constructor(s3: S3Client, uri: string) {
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    this.#s3 = s3;
    this.#uri = uri;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  /** UNLOAD never mixes its files with those of another query. */
  async requireEmpty(): Promise<void> {
    const { KeyCount = 0 } = await this.#s3
      .send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix, MaxKeys: 1 }))
      .catch((thrown: Error) => {
        throw new QueryFailure(`GENERIC_USER_ERROR: ${this.#uri}: ${thrown.name}: ${thrown.message}`, thrown);
      });
    if (KeyCount > 0) {
      throw new QueryFailure(
        `HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: ${this.#uri}. ` +
          'You may need to manually clean the data at this location.',
      );
    }
  }

  /** Puts the files under names like Athena's, which have no ending. */
  async put(queryId: string, files: readonly string[]): Promise<void> {
    for (const [index, file] of files.entries()) {
      await this.#s3.send(
        new PutObjectCommand({
          Bucket: this.#bucket,
          Key: `${this.#prefix}${queryId}_${String(index).padStart(5, '0')}`,
          Body: createReadStream(file),
          ContentLength: (await stat(file)).size,
        }),
      );
    }
  }
}
