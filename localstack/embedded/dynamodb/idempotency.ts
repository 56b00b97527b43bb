import { createHash } from 'node:crypto';
import type { Json } from './dynalite.ts';
import { DynamoError } from './dynamo-error.ts';

const REMEMBERED_MS = 10 * 60 * 1000;

/** Tokens of the last ten minutes: the same request under the same token is done once and answered alike. */
export class ClientTokens {
  readonly #results = new Map<string, { readonly hash: string; readonly result: Promise<Json>; readonly at: number }>();

  async once(token: string | undefined, request: unknown, run: () => Promise<Json>): Promise<Json> {
    if (token === undefined) return run();
    this.#forgetOld();
    const hash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    const known = this.#results.get(token);
    if (known !== undefined) {
      if (known.hash === hash) return known.result;
      throw new DynamoError(
        'IdempotentParameterMismatchException',
        'The request uses the same client token as a previous, but non-identical request.',
      );
    }
    const result = run();
    this.#results.set(token, { hash, result, at: performance.now() });
    // A transaction that was cancelled may be tried again under its token.
    result.catch(() => this.#results.delete(token));
    return result;
  }

  #forgetOld(): void {
    for (const [token, { at }] of this.#results) {
      if (performance.now() - at < REMEMBERED_MS) return;
      this.#results.delete(token);
    }
  }
}
