import type { ChecksumValue } from './checksums.ts';
import type { Pin } from './linked-file.ts';

/** An object as it is recorded: a line of its bucket's journal, beside one file with the bytes. */
export interface StoredObject {
  readonly key: string;
  /** Name of the file with the bytes; never used twice, so a reader keeps the version that it opened. */
  readonly body: string;
  readonly sizeBytes: number;
  /** Without quotes: MD5 of the bytes, or of the parts' MD5s and `-<parts>` for a multipart upload. */
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
  /** Content type, cache control, user metadata: given back as they came. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: ChecksumValue;
  /** Present where the bytes are a file of the user's, which may change under us. */
  readonly pin?: Pin;
}

const KEPT = ['content-type', 'cache-control', 'content-disposition', 'content-language', 'expires'];

/** The headers of a write that belong to the object. */
export function objectHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && (KEPT.includes(name) || name.startsWith('x-amz-meta-'))) kept[name] = value;
  }
  const encoding = String(headers['content-encoding'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one !== 'aws-chunked');
  if (encoding.length > 0) kept['content-encoding'] = encoding.join(',');
  kept['content-type'] ??= 'application/octet-stream';
  return kept;
}
