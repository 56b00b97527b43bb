import { LockstepError } from '#core/errors.ts';
import type { InferJob } from '#core/job/job.ts';
import type { CloudChoice } from '../cloud/choose.ts';

/** LS_JOB_INVALID where a Python program should predict in a stack: its functions have no Python. */
export function checkPythonPlace(
  { name, predict, compute }: Pick<InferJob, 'name' | 'predict' | 'compute'>,
  { stack, outputs }: CloudChoice,
): void {
  if (predict.kind !== 'python' || compute === 'hosts' || (stack === undefined && outputs === undefined)) return;
  const where = `the functions of the stack ${stack ?? `in ${outputs}`} have none`;
  throw new LockstepError('LS_JOB_INVALID', `${name} predict.kind: python needs a Python, and ${where}`, {
    remedy:
      'Let hosts predict (`compute: hosts`) whose image has a Python with pyarrow, run the job on this machine without --stack, or export the model to ONNX.',
  });
}
