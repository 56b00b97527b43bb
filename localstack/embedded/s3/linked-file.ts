import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { preconditionFailed } from './s3-error.ts';

/**
 * What a file looked like when it became the bytes of an object by reference. Its owner may go on to write to it: then it
 * looks different, and the object is not read any more.
 */
export interface Pin {
  /** Device and inode. */
  readonly file: string;
  readonly sizeBytes: number;
  /** Nanoseconds since the epoch, in decimal. */
  readonly modifiedNs: string;
}

export const pinOf = ({ dev, ino, size, mtimeNs }: BigIntStats): Pin => ({
  file: `${dev}:${ino}`,
  sizeBytes: Number(size),
  modifiedNs: String(mtimeNs),
});

/** Like the etag of an upload in one part, so that nobody takes it for the MD5 of the bytes. */
export const etagOf = (pin: Pin): string =>
  `${createHash('md5').update(`${pin.file} ${pin.sizeBytes} ${pin.modifiedNs}`).digest('hex')}-1`;

/** Throws 412 where a file no longer looks as it did: its object was overwritten, in S3's words. */
export function requireUnchanged(pin: Pin | undefined, stat: () => BigIntStats): void {
  if (pin === undefined) return;
  const now = pinOf(stat());
  if (now.file === pin.file && now.sizeBytes === pin.sizeBytes && now.modifiedNs === pin.modifiedNs) return;
  throw preconditionFailed();
}
