import { type Document, isMap } from 'yaml';
import type { InferJob } from '#core/job/job.ts';
import type { Change } from './document.ts';
import type { InferDocument } from './schema.ts';

/** What the job reads: a list of places alone, or `from` with the rule of what is data there. */
export function jobInput(input: InferDocument['input']): Pick<InferJob, 'input' | 'match'> {
  if (Array.isArray(input)) return { input };
  return { input: input.from, ...(input.match !== undefined && { match: input.match }) };
}

/** Where the document reads is replaced; what else it says about its input stays. */
export const readFrom =
  (input: string): Change =>
  (document: Document) => {
    if (!isMap(document.contents)) return;
    if (!isMap(document.contents.get('input'))) document.contents.set('input', document.createNode({}));
    document.setIn(['input', 'from'], document.createNode([input]));
  };
