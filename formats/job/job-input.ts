import { type Document, isMap } from 'yaml';
import { LockstepError } from '#core/errors.ts';
import { OTHER_COLUMNS } from '#core/inference/nulls.ts';
import type { InferJob, NullPolicy } from '#core/job/job.ts';
import type { Change } from './document.ts';
import type { InferDocument } from './schema.ts';

/** What the job reads: a list of places alone, `from` with the rule of what is data there, or a query. */
export function jobInput(input: InferDocument['input']): Pick<InferJob, 'input' | 'match' | 'sql'> {
  if (Array.isArray(input)) return { input };
  const { from = [], match, sql } = input;
  return { input: from, ...(match !== undefined && { match }), ...(sql !== undefined && { sql }) };
}

/** What stands for nulls, for each column that is named, and for `*`. */
export function jobNulls(nulls: InferDocument['nulls']): Pick<InferJob, 'nulls'> {
  if (nulls === undefined) return {};
  const named = typeof nulls === 'object' ? nulls : { [OTHER_COLUMNS]: nulls };
  return { nulls: Object.fromEntries(Object.entries(named).map(([name, policy]) => [name, nullPolicy(policy)])) };
}

function nullPolicy(policy: number | string | { readonly value: number | string }): NullPolicy {
  if (policy === 'error' || policy === 'nan') return policy;
  return typeof policy === 'object' ? policy : { value: policy };
}

/**
 * Where the document reads is replaced; what else it says about its input stays. A query reads nothing that arrives:
 * LS_JOB_INVALID.
 */
export const readFrom =
  (input: string): Change =>
  (document: Document) => {
    if (!isMap(document.contents)) return;
    if (document.hasIn(['input', 'sql'])) throw queryOfInbox();
    if (!isMap(document.contents.get('input'))) document.contents.set('input', document.createNode({}));
    document.setIn(['input', 'from'], document.createNode([input]));
  };

const queryOfInbox = (): LockstepError =>
  new LockstepError(
    'LS_JOB_INVALID',
    'input.sql: an inbox infers the objects that are put into it, and a query reads none of them',
    { remedy: 'Run the query with `lockstep infer`, or name in `input` what an inbox is to take: a list, or `from`.' },
  );
