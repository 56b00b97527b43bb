import { timingSafeEqual } from 'node:crypto';

/** Why a request is refused; undefined if it may pass. Pure, so that every rule can be tried by itself. */
export function refusal(
  request: GuardedRequest,
  { port, token }: Door,
): { status: 401 | 403; why: string } | undefined {
  // A page of somebody else's whose name was made to point here (DNS rebinding) sends that name as the host.
  if (!NAMES.some((name) => request.host === `${name}:${port}`)) return { status: 403, why: 'this host is not served' };
  if (request.origin !== undefined && request.origin !== `http://${request.host}`) {
    return { status: 403, why: 'requests of other sites are not served' };
  }
  if (request.isPublic) return undefined;
  return isSame(request.token ?? '', token)
    ? undefined
    : { status: 401, why: 'open the address that the command printed' };
}

const NAMES = ['127.0.0.1', 'localhost'] as const;

export interface GuardedRequest {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly token: string | undefined;
  /** The page itself and its scripts, which say nothing of any run. */
  readonly isPublic: boolean;
}

export interface Door {
  readonly port: number;
  readonly token: string;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
