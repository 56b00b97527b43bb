import { LockstepError } from '#core/errors.ts';

interface SdkError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What of this machine's environment a sentence names. */
interface Who {
  /** AWS_PROFILE. */
  readonly profile: string | undefined;
  /** ` --profile NAME` for a command of AWS's own; empty where no profile is named. */
  readonly flag: string;
}

interface Trouble {
  /** Matched against the name of the error and what it says. */
  readonly is: RegExp;
  /** What was expected and what was found instead; what the service or its SDK said follows in brackets. */
  readonly found: (who: Who) => string;
  readonly remedy: (who: Who) => string;
  /** Also where an adapter has taken it for trouble with one object: it is trouble with every one. */
  readonly isOfAccount?: true;
}

/** What services and their SDK say to somebody who must act, the most particular first. */
const TROUBLES: readonly Trouble[] = [
  {
    is: /RequestTimeTooSkewed|Signature (expired|not yet current)|not yet valid/i,
    found: () => 'expected a clock that is right to a few minutes, got a request whose time AWS refuses',
    remedy: () => 'Set the clock of this machine (`sudo timedatectl set-ntp true` on Linux), then run again.',
    isOfAccount: true,
  },
  {
    is: /ExpiredToken|RequestExpired|TokenRefreshRequired|Cannot refresh|token.*expired|session.*expired|SSO.*expired/i,
    found: ({ profile }) => `expected credentials that are valid, got expired ones${of(profile)}`,
    remedy: ({ flag }) => `The credentials have expired: log in again (\`aws sso login${flag}\`), ${RENEW}.`,
    isOfAccount: true,
  },
  {
    is: /SSO session.*(not found|invalid)/i,
    found: ({ profile }) => `expected somebody who is logged in, found no session${of(profile)}`,
    remedy: ({ flag }) => `Log in: \`aws sso login${flag}\`.`,
  },
  {
    is: /^(Credentials|TokenProvider|\w*SSO)/,
    found: ({ profile }) =>
      `expected credentials for AWS, found none${of(profile) || ' in the environment or in ~/.aws'}`,
    remedy: ({ profile, flag }) =>
      profile === undefined
        ? 'Log in as for every AWS tool: `aws sso login`, AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY.'
        : `See whether \`aws configure list-profiles\` has ${profile}; where it has, log in: \`aws sso login${flag}\`.`,
  },
  {
    is: /^Error: Region is missing/,
    found: () => 'expected a region, found none in the environment or in ~/.aws',
    remedy: () => 'Name it: `export AWS_REGION=eu-central-1`, or `aws configure set region eu-central-1`.',
  },
  {
    is: /UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignature|AuthFailure|^InvalidToken/,
    found: ({ profile }) => `expected credentials that AWS knows, got others${of(profile)}`,
    remedy: ({ flag }) =>
      `AWS does not know these credentials: \`aws sts get-caller-identity${flag}\` says whose they are; check AWS_PROFILE and the AWS_ variables.`,
    isOfAccount: true,
  },
  {
    is: /AccessDenied|UnauthorizedOperation|NotAuthorized|^Forbidden/,
    found: ({ profile }) => `expected the right to do this, got a refusal${of(profile)}`,
    remedy: () => 'Whoever is logged in lacks the right that the message names; docs/deploy.md has what commands need.',
  },
  {
    is: /ResourceNotFound|NoSuchBucket|StateMachineDoesNotExist/,
    found: ({ profile }) =>
      `expected the stack of these outputs, found a part of it missing in this account${of(profile)}`,
    remedy: ({ flag }) =>
      `The stack of these outputs is not in this account and region: check both (\`aws sts get-caller-identity${flag}\`), or read its outputs again (\`cdk deploy --outputs-file\`).`,
  },
  {
    is: /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/,
    found: () => 'expected an answer, got a refusal of so many requests',
    remedy: () => 'The account makes more requests than AWS allows it: try again in a minute.',
  },
];

const RENEW = 'or renew the variables that hold them';
const of = (profile: string | undefined): string => (profile === undefined ? '' : ` with AWS_PROFILE=${profile}`);

/** LS_UNAVAILABLE for an error of the network, of an AWS service or of its credentials; undefined for anything else. */
export function serviceError(error: unknown): LockstepError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message, code, $metadata } = error as SdkError;
  const isNetwork = code !== undefined && /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOSTUNREACH)/.test(code);
  const isSetup = /Credentials|Token(Refresh|Provider)|SSO/.test(name) || message === 'Region is missing';
  if (!isNetwork && !isSetup && $metadata === undefined) return undefined;
  const said = `${name}: ${message}`;
  const trouble = isNetwork ? undefined : TROUBLES.find(({ is }) => is.test(said));
  return trouble === undefined
    ? new LockstepError('LS_UNAVAILABLE', said, { cause: error })
    : told(trouble, said, error);
}

/**
 * What to say of an error that an adapter has translated for the functions, to which credentials never happen: where S3
 * refused whoever asked, no object is at fault.
 */
export function accountError(error: LockstepError): LockstepError {
  const { cause } = error;
  if (!(cause instanceof Error) || (cause as SdkError).$metadata === undefined) return error;
  const said = `${cause.name}: ${cause.message}`;
  const trouble = TROUBLES.find(({ is, isOfAccount }) => isOfAccount && is.test(said));
  return trouble === undefined ? error : told(trouble, said, cause);
}

function told({ found, remedy }: Trouble, said: string, cause: Error): LockstepError {
  const profile = process.env.AWS_PROFILE || undefined;
  const who = { profile, flag: profile === undefined ? '' : ` --profile ${profile}` };
  return new LockstepError('LS_UNAVAILABLE', `${found(who)} (${said})`, { cause, remedy: remedy(who) });
}
