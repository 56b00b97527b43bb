import { header, type S3Request } from './request.ts';
import { noSuchKey, notImplemented, preconditionFailed, S3Error } from './s3-error.ts';

/** What must be true of the stored object for a write to take place. */
export type WriteCondition =
  | { readonly kind: 'none' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'etag'; readonly etag: string };

/** `If-None-Match: *` and `If-Match: <etag>`, the two that S3 knows for writes. */
export function writeCondition(request: S3Request): WriteCondition {
  const ifNoneMatch = header(request, 'if-none-match');
  const ifMatch = header(request, 'if-match');
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw new S3Error(400, 'InvalidRequest', 'If-Match and If-None-Match cannot be given together');
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*') throw notImplemented('If-None-Match on a write with a value other than *');
    return { kind: 'absent' };
  }
  return ifMatch === undefined ? { kind: 'none' } : { kind: 'etag', etag: bare(ifMatch) };
}

/** Throws what S3 answers when the condition does not hold: 412, or 404 where there is nothing to replace. */
export function requireWritable(condition: WriteCondition, stored: { readonly etag: string } | undefined): void {
  if (condition.kind === 'absent' && stored !== undefined) throw preconditionFailed();
  if (condition.kind !== 'etag') return;
  if (stored === undefined) throw noSuchKey();
  if (condition.etag !== '*' && condition.etag !== stored.etag) throw preconditionFailed();
}

/** Whether a read goes on, or ends with 304; a failed If-Match throws 412. */
export function readOutcome(request: S3Request, etag: string): 'read' | 'not-modified' {
  const ifMatch = header(request, 'if-match');
  if (ifMatch !== undefined && !matches(ifMatch, etag)) throw preconditionFailed();
  const ifNoneMatch = header(request, 'if-none-match');
  return ifNoneMatch !== undefined && matches(ifNoneMatch, etag) ? 'not-modified' : 'read';
}

const matches = (list: string, etag: string) => list.split(',').some((one) => ['*', etag].includes(bare(one.trim())));

/** An etag without its quotes, as it is stored. */
export const bare = (etag: string) => etag.replace(/^"|"$/g, '');
