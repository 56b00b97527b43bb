import { Ec2Error } from './query/ec2-error.ts';
import type { Params } from './query/params.ts';

/** Idempotent launches: the same token with the same parameters returns the first result, whatever became of it. */
export interface ClientTokens<Result> {
  /** Carries out the launch once a token; a launch that throws leaves the token unused. */
  once(call: { readonly action: string; readonly params: Params }, launch: () => Result): Result;
}

export function createClientTokens<Result>(): ClientTokens<Result> {
  const used = new Map<string, { readonly fingerprint: string; readonly result: Result }>();
  return {
    once({ action, params }, launch) {
      const token = params.ClientToken;
      if (typeof token !== 'string') return launch();
      if (token.length > 64) {
        throw new Ec2Error('InvalidParameterValue', `Invalid value '${token}' for clientToken: at most 64 characters.`);
      }
      const key = `${action} ${token}`;
      const fingerprint = JSON.stringify(params);
      const earlier = used.get(key);
      if (earlier === undefined) {
        const result = launch();
        used.set(key, { fingerprint, result });
        return result;
      }
      if (earlier.fingerprint !== fingerprint) {
        throw new Ec2Error(
          'IdempotentParameterMismatch',
          'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
        );
      }
      return earlier.result;
    },
  };
}
