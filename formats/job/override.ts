import { type Document, parse } from 'yaml';
import { LockstepError } from '#core/errors.ts';

/** `gang.hosts`, `input[1]`: names joined by dots, places of a list in brackets. */
const KEY = /^[^.[\]=]+(?:\.[^.[\]=]+|\[\d+\])*$/;

/**
 * Lays `key=value` over a document, as if it had been written there: the value is YAML, so `gang.hosts=4` is a number and
 * `input=[a.arrow, b.arrow]` a list. LS_USAGE for a text that is none or a place that cannot be.
 */
export function override(document: Document, text: string): void {
  const at = text.indexOf('=');
  const key = text.slice(0, Math.max(0, at));
  if (!KEY.test(key)) throw unusable(text, 'expected KEY=VALUE, such as gang.hosts=4 or input[0]=rows.arrow');
  const path = [...key.matchAll(/[^.[\]]+/g)].map(([step], i) => (i > 0 && /^\d+$/.test(step) ? Number(step) : step));
  try {
    document.setIn(path, document.createNode(parse(text.slice(at + 1))));
  } catch (error) {
    throw unusable(text, (error as Error).message);
  }
}

const unusable = (text: string, reason: string): LockstepError =>
  new LockstepError('LS_USAGE', `--set ${text}: ${reason}`, {
    remedy: 'Name a field of the job file, as docs/job.schema.json has it.',
  });
