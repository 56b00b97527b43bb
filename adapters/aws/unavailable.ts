import { LockstepError } from '#core/errors.ts';

/** Codes by which services say that the same request may succeed later. */
const PASSING: ReadonlySet<string> = new Set([
  'InternalServerError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
  'TransactionConflictException',
]);

type Handler = (args: never) => Promise<unknown>;

interface Client {
  readonly middlewareStack: {
    add(
      middleware: (next: Handler) => Handler,
      options: { readonly step: 'initialize'; readonly priority: 'high'; readonly name: string },
    ): void;
  };
}

/**
 * The client, with what is left of throttling, network and server trouble after its own retries as LS_UNAVAILABLE:
 * workflows retry an error by its name, and services have a dozen names for it. Everything else stays as it is.
 */
export function sayingUnavailable<C extends Client>(client: C, service: string): C {
  const translate =
    (next: Handler): Handler =>
    async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw isPassing(error)
          ? new LockstepError('LS_UNAVAILABLE', `${service}: ${error.name}: ${error.message}`, { cause: error })
          : error;
      }
    };
  client.middlewareStack.add(translate, { step: 'initialize', priority: 'high', name: 'lockstepUnavailable' });
  return client;
}

function isPassing(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (PASSING.has(error.name)) return true;
  const { code, $metadata } = error as { readonly code?: unknown; readonly $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 500 || status === 429;
  // Errors of the system are named ECONNRESET and the like; ERR_… are mistakes of a program.
  return typeof code === 'string' && /^E(?!RR_)/.test(code);
}
