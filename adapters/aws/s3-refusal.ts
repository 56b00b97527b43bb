import { type ErrorCode, LockstepError } from '#core/errors.ts';

/** HTTP status of an answer of S3; undefined where there was none. */
export const statusOf = (error: unknown): number | undefined => metadataOf(error)?.httpStatusCode;

/**
 * Whether the SDK sent the request more than once: then an earlier copy may have been carried out and its answer lost,
 * and the refusal that came back may be of our own write.
 */
export const wasRepeated = (error: unknown): boolean => (metadataOf(error)?.attempts ?? 1) > 1;

/** S3's refusals as errors that somebody can act on; what is none of them is a mistake of ours and stays as it is. */
export function translateRefusal(error: unknown, uri: string): unknown {
  const refusal = (code: ErrorCode, what: string) => new LockstepError(code, `${uri} ${what}`, { cause: error });
  const status = statusOf(error);
  if (error instanceof LockstepError) return error;
  if (status === 412) return refusal('LS_INPUT_CHANGED', 'was overwritten');
  if (status === 404) return refusal('LS_DATA_UNREADABLE', 'does not exist');
  if (status === 403) return refusal('LS_DATA_UNREADABLE', 'may not be used with these credentials');
  if (status === undefined && !isNetworkError(error)) return error;
  if (status === undefined || status === 429 || status >= 500) {
    return refusal('LS_UNAVAILABLE', `could not be reached: ${(error as Error).message}`);
  }
  return error;
}

interface Metadata {
  readonly httpStatusCode?: number;
  readonly attempts?: number;
}

const metadataOf = (error: unknown) => (error as { readonly $metadata?: Metadata } | null)?.$metadata;

const isNetworkError = (error: unknown) =>
  error instanceof Error && ('code' in error || error.name === 'TimeoutError' || metadataOf(error) !== undefined);
