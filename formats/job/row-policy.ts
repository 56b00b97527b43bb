import { ROW_POLICY } from '#core/job/defaults.ts';
import { ROW_CLASSES, type RowAction, type RowClass, type RowPolicy, UNREADABLE } from '#core/job/row-policy.ts';
import type { InferDocument } from './schema.ts';

/** `onError` of a document as a job has it, with every class said. It is a document again. */
export function rowPolicy(said: InferDocument['onError']): RowPolicy {
  if (said === undefined) return ROW_POLICY;
  if (typeof said === 'string')
    return { ...ROW_POLICY, ...actions((one) => (UNREADABLE.includes(one) ? 'fail' : said)) };
  const { toleratedRows, toleratedRowFraction, ...byClass } = said;
  return {
    ...actions((one) => (byClass[one] === null ? 'null' : (byClass[one] ?? ROW_POLICY[one]))),
    ...(toleratedRows !== undefined && { toleratedRows }),
    toleratedRowFraction,
  };
}

const actions = (of: (one: RowClass) => RowAction): Record<RowClass, RowAction> =>
  Object.fromEntries(ROW_CLASSES.map((one) => [one, of(one)])) as Record<RowClass, RowAction>;
