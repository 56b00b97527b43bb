import { Missing } from './emulator.ts';

/** What pip and npm print where the network does not lead to their registry; an answer of the registry is none of these. */
const UNREACHABLE =
  /NewConnectionError|ConnectTimeoutError|ReadTimeoutError|Failed to establish a new connection|name resolution|Network is unreachable|No route to host|\b(?:ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/;

/** Fetches from a registry. Missing where that cannot be reached from here, with its name; any other failure is one. */
export async function fetchedFrom<T>(registry: string, fetch: () => Promise<T>): Promise<T> {
  try {
    return await fetch();
  } catch (error) {
    if (!(error instanceof Error) || !UNREACHABLE.test(error.message)) throw error;
    throw new Missing(`${registry} cannot be reached from here, and what it is to give is not in the cache`);
  }
}
