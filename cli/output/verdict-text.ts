import type { LockstepError } from '#core/errors.ts';

/** How a run ended: what happened, and on a line of its own what to do about it. */
export const verdictText = (failure: LockstepError | undefined): string =>
  failure === undefined ? 'Succeeded.' : `${failure.code}: ${failure.message}\n${failure.remedy}`;
