import { LockstepError } from '#core/errors.ts';
import type { Declared } from './declared.ts';

/** A resource is there whole or not at all: what cannot be carried out is left out, and `leave` hears which and why. */
export function whole<T>(
  type: string,
  resources: readonly Declared[],
  { make, leave }: { make(one: Declared): T; leave(line: string): void },
): readonly T[] {
  return resources.flatMap((one) => {
    try {
      return [make(one)];
    } catch (error) {
      if (!(error instanceof LockstepError && error.code === 'LS_USAGE')) throw error;
      leave(leftOut(one.logicalId, type, error.message));
      return [];
    }
  });
}

/** `<logical id> (<type>): <why>` */
export const leftOut = (logicalId: string, type: string, why = 'the local cloud has no such service'): string =>
  `${logicalId} (${type}): ${why}`;
