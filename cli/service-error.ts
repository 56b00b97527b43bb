import { LockstepError } from '#core/errors.ts';

interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** LS_UNAVAILABLE for an error of the network, of an AWS service or of its credentials; undefined for anything else. */
export function serviceError(error: unknown): LockstepError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, code, $metadata } = error as SdkError;
  const isNetwork = code !== undefined && /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOSTUNREACH)/.test(code);
  const isCredentials = /Credentials|Token(Refresh|Provider)|SSO/.test(name);
  if (!isNetwork && !isCredentials && $metadata === undefined) return undefined;
  return new LockstepError('LS_UNAVAILABLE', `${name}: ${message}`, { cause: error });
}
