/**
 * A round is one pass of an execution over the partitions of a run. A run that is resumed has more than one execution, and an
 * execution that is redriven makes more than one pass: what goes wrong is recorded below the round, so that none reports the
 * failure of another. Written `<name of the execution>/<pass, from 0>`, as it stands in keys.
 */
import { invariant } from '../errors.ts';

/** The first pass of an execution, by its id: its ARN, or what the local cloud calls so. */
export const firstRound = (executionId: string): string => `${executionId.slice(executionId.lastIndexOf(':') + 1)}/0`;

/** The pass after this one of the same execution. */
export function nextRound(round: string): string {
  const [, execution, pass] = /^([^/]+)\/(\d+)$/.exec(round) ?? [];
  invariant(execution !== undefined, `${round} is no round`);
  return `${execution}/${Number(pass) + 1}`;
}
