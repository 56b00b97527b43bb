import { LockstepError } from '../errors.ts';
import type { Control } from './records.ts';

/** True if the gang belongs to this execution, which is named by its ARN. */
export const isOwner = ({ owner }: Control, executionId: string): boolean => owner === executionId;

/**
 * Lets nobody's function but the owner's act for a gang: an execution that was started again with the input of another is
 * another's, whatever that input says. Throws LS_RUN_EXISTS.
 */
export function refuseOthers(control: Control, executionId: string): void {
  if (isOwner(control, executionId)) return;
  throw new LockstepError(
    'LS_RUN_EXISTS',
    `run ${control.runId} belongs to ${control.owner}, and ${executionId} may not act for it`,
  );
}
