import { LockstepError } from '#core/errors.ts';
import type { TrainJob } from '#core/job/job.ts';
import { secretReference, secretValue } from '#core/job/secrets.ts';
import type { Secrets } from '#core/launch/ports.ts';

/**
 * Values of `task.secrets`, by the name of their variable: read anew for every attempt, and kept nowhere but in the
 * environment of the tasks. LS_SECRET_UNREADABLE names the one that cannot be had.
 */
export async function taskSecrets(secrets: Secrets, { task }: TrainJob): Promise<Readonly<Record<string, string>>> {
  const entries = Object.entries(task.secrets ?? {}).map(async ([name, text]) => {
    const reference = secretReference(text);
    try {
      return [name, secretValue(reference, await secrets.read(reference))] as const;
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code !== 'LS_SECRET_UNREADABLE') throw error;
      throw new LockstepError(error.code, `task.secrets.${name} (${text}): ${error.message}`, { cause: error });
    }
  });
  return Object.fromEntries(await Promise.all(entries));
}
