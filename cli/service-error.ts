import { LockstepError } from '#core/errors.ts';

interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

interface Trouble {
  /** Matched against the name of the error and what it says. */
  readonly is: RegExp;
  readonly remedy: string;
}

/** What services and their SDK say to somebody who must act, the most particular first. */
const TROUBLES: readonly Trouble[] = [
  {
    is: /ExpiredToken|RequestExpired|TokenRefreshRequired|token.*expired|session.*expired|SSO.*expired/i,
    remedy: 'The credentials have expired: log in again (`aws sso login`), or renew the variables that hold them.',
  },
  {
    is: /Credentials|TokenProvider|SSO/,
    remedy:
      'Log in as for every AWS tool: `aws sso login`, AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY.',
  },
  {
    is: /UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|AuthFailure/,
    remedy:
      'AWS does not know these credentials: check AWS_PROFILE and the AWS_ variables, and the clock of this machine.',
  },
  {
    is: /AccessDenied|UnauthorizedOperation|NotAuthorized|^Forbidden/,
    remedy: 'Whoever is logged in lacks the right that the message names; docs/deploy.md has what commands need.',
  },
  {
    is: /ResourceNotFound|NoSuchBucket|StateMachineDoesNotExist/,
    remedy: 'The stack of these outputs is not in this account and region: check both, or read its outputs again.',
  },
  {
    is: /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/,
    remedy: 'The account makes more requests than AWS allows it: try again in a minute.',
  },
];

/** LS_UNAVAILABLE for an error of the network, of an AWS service or of its credentials; undefined for anything else. */
export function serviceError(error: unknown): LockstepError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, code, $metadata } = error as SdkError;
  const isNetwork = code !== undefined && /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOSTUNREACH)/.test(code);
  const isCredentials = /Credentials|Token(Refresh|Provider)|SSO/.test(name);
  if (!isNetwork && !isCredentials && $metadata === undefined) return undefined;
  const said = `${name}: ${message}`;
  const trouble = isNetwork ? undefined : TROUBLES.find(({ is }) => is.test(said));
  return new LockstepError('LS_UNAVAILABLE', said, { cause: error, ...(trouble && { remedy: trouble.remedy }) });
}
