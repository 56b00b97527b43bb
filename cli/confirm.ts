import { createInterface } from 'node:readline/promises';
import { LockstepError } from '#core/errors.ts';

export interface Confirmation {
  /** What happens, as a question: `Remove the runs in .lockstep/runs?` */
  readonly question: string;
  /** Said before on the command line. */
  readonly isSaid: boolean;
  readonly signal: AbortSignal;
}

/** Asks before something that cannot be undone. LS_USAGE where the answer is no, or nobody is there to give one. */
export async function confirm({ question, isSaid, signal }: Confirmation): Promise<void> {
  if (isSaid) return;
  const remedy = 'Say --yes to do it without being asked.';
  if (!process.stdin.isTTY) throw new LockstepError('LS_USAGE', `${question} Nobody is there to answer`, { remedy });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `, { signal });
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new LockstepError('LS_USAGE', 'nothing was removed', { remedy });
}
