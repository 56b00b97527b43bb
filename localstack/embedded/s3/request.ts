import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { S3Error } from './s3-error.ts';

/** A request in path style: `/<bucket>/<key>?<query>`. */
export interface S3Request {
  readonly method: string;
  /** Empty for a request to the service itself. */
  readonly bucket: string;
  /** Empty for a request to a bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly message: IncomingMessage;
}

/** Reads the address by hand: a URL parser would fold `a/../b` and `a//b`, which are keys like any other. */
export function parseRequest(message: IncomingMessage): S3Request {
  const [path = '/', search = ''] = splitOnce(message.url ?? '/', '?');
  const [bucket, key = ''] = splitOnce(path.slice(1), '/');
  return {
    method: message.method ?? 'GET',
    bucket: decode(bucket),
    key: decode(key),
    query: new Map(new URLSearchParams(search)),
    headers: message.headers,
    message,
  };
}

/** The value of a header that is given once; undefined if absent. */
export function header(request: S3Request, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error(400, 'InvalidURI', `Couldn't parse the specified URI: ${text}`);
  }
}
