import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { notImplemented } from './s3-error.ts';

/** A checksum that grows with the body. */
export interface Checksum {
  /** `crc32`, `sha1` or `sha256`; as in the header `x-amz-checksum-<algorithm>`. */
  readonly algorithm: string;
  update(chunk: Uint8Array): void;
  /** Base64. */
  digest(): string;
}

/** A stored checksum of the whole object. */
export interface ChecksumValue {
  readonly algorithm: string;
  readonly value: string;
}

const HEADER = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/;

/** The algorithm that a list of header or trailer names asks for, if any. */
export function requestedAlgorithm(names: readonly string[]): string | undefined {
  return names.map((name) => HEADER.exec(name.trim().toLowerCase())?.[1]).find((found) => found !== undefined);
}

/** Starts a checksum. Algorithms that are not verified here are refused, never waved through. */
export function startChecksum(algorithm: string): Checksum {
  if (algorithm === 'crc32') return crc32Checksum();
  if (algorithm === 'sha1' || algorithm === 'sha256') {
    const hash = createHash(algorithm);
    return { algorithm, update: (chunk) => hash.update(chunk), digest: () => hash.digest('base64') };
  }
  throw notImplemented(`checksum algorithm ${algorithm} (set AWS_REQUEST_CHECKSUM_CALCULATION=when_required)`);
}

function crc32Checksum(): Checksum {
  let value = 0;
  return {
    algorithm: 'crc32',
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes.toString('base64');
    },
  };
}
