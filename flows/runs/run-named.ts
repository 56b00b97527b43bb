import { LockstepError } from '#core/errors.ts';
import { nearest } from '#core/job/nearest.ts';

const SHOWN = 5;

/**
 * The run that a word means among `ids`, the newest first: `latest`, a whole id, or the beginning of exactly one.
 * LS_USAGE where several begin so, LS_RUN_NOT_FOUND where none does.
 */
export function runNamed(word: string, ids: readonly string[]): string {
  const [newest] = ids;
  if (word === 'latest' && newest !== undefined) return newest;
  if (ids.includes(word)) return word;
  const begun = word === '' ? [] : ids.filter((id) => id.startsWith(word));
  const [one] = begun;
  if (one !== undefined && begun.length === 1) return one;
  if (one === undefined) throw notFound(word, ids);
  const more = begun.length > SHOWN ? ` and ${begun.length - SHOWN} more` : '';
  throw new LockstepError('LS_USAGE', `${word} begins ${begun.slice(0, SHOWN).join(', ')}${more}`, {
    remedy: 'Give as much of the id as only one run begins with.',
  });
}

function notFound(word: string, ids: readonly string[]): LockstepError {
  if (ids.length === 0) return new LockstepError('LS_RUN_NOT_FOUND', `there is no run ${word} here, and no other`);
  const meant = nearest(word, ids);
  const remedy = meant === undefined ? {} : { remedy: `Did you mean ${meant}? \`lockstep status\` lists the runs.` };
  return new LockstepError('LS_RUN_NOT_FOUND', `there is no run ${word} here`, remedy);
}
