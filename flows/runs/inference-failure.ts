import { LockstepError } from '#core/errors.ts';
import { inSendersWords, type SentJob } from '#core/inference/sent-job.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { failureOf } from '#core/runs/failure.ts';
import type { Execution } from '#core/runs/ports.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import type { RunPorts } from './ports.ts';

/**
 * The error that the execution of an inference run ended with; undefined if it succeeded. Files that whoever started the run
 * sent with it have the names that they have there, not those of their copies.
 */
export async function inferenceFailure(
  { objects, bucket }: Pick<RunPorts, 'objects' | 'bucket'>,
  runId: string,
  execution: Execution,
): Promise<LockstepError | undefined> {
  const failure = failureOf(execution);
  if (failure === undefined) return undefined;
  const at = runObjects({ bucket, runId });
  const sent = (await readJsonIfAny<SentJob>(objects, at.job))?.value.sent;
  if (sent === undefined) return failure;
  const { code, message, remedy } = failure;
  return new LockstepError(code, inSendersWords(message, sent, at), { remedy });
}
