import { LockstepError } from '#core/errors.ts';

/** Bucket and key of an address, as the SDK names them. LS_DATA_UNREADABLE for what is none: users write addresses too. */
export function location(uri: string): { readonly Bucket: string; readonly Key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
  if (bucket === undefined || key === undefined) {
    throw new LockstepError('LS_DATA_UNREADABLE', `expected a URI like s3://bucket/key, got ${JSON.stringify(uri)}`);
  }
  return { Bucket: bucket, Key: key };
}
