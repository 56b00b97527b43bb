/** What a model is given for a row without a value, by the job's own word: no value is ever made up without it. */
import { LockstepError } from '../errors.ts';
import type { NullPolicy, NullRule } from '../job/job.ts';
import { orMeant } from '../job/nearest.ts';
import type { Binding } from './bind.ts';
import type { Element } from './tensor-values.ts';

/** Stands for the columns that the rule does not name. */
export const OTHER_COLUMNS = '*';

/**
 * The bindings with the policy of each column. What is said of all others goes to those that can have it: NaN to floats, a
 * text to texts. LS_MODEL_MISMATCH for what is said of a column that the model does not read, or cannot be a value there.
 */
export function withNulls(bindings: readonly Binding[], rule: NullRule | undefined): readonly Binding[] {
  if (!rule) return bindings;
  const { [OTHER_COLUMNS]: others = 'error', ...named } = rule;
  const read = [...new Set(bindings.flatMap(({ columns }) => columns))];
  for (const name of Object.keys(named)) {
    if (read.includes(name)) continue;
    const there = read.map((each) => `\`${each}\``).join(', ');
    throw mismatch(`\`nulls\` names \`${name}\`, the model reads ${there}${orMeant(name, read)}`);
  }
  if (!bindings.some(({ element }) => isValueOf(others, element))) {
    throw mismatch(`\`nulls\` says ${policyText(others)}, which no input of the model can have`);
  }
  return bindings.map((binding) => ({ ...binding, nulls: policiesOf(binding, named, others) }));
}

function policiesOf({ input, element, columns }: Binding, named: NullRule, others: NullPolicy): NullPolicy[] {
  return columns.map((name) => {
    const said = Object.hasOwn(named, name) ? named[name] : undefined;
    if (said === undefined) return isValueOf(others, element) ? others : 'error';
    if (isValueOf(said, element)) return said;
    throw mismatch(
      `\`nulls\` says ${policyText(said)} for \`${name}\`, which the input \`${input}\` of ${element} cannot have`,
    );
  });
}

function isValueOf(policy: NullPolicy, element: Element): boolean {
  if (policy === 'error') return true;
  if (policy === 'nan') return element === 'float32' || element === 'float64';
  const { value } = policy;
  if (typeof value === 'string') return element === 'string';
  switch (element) {
    case 'float32':
      return Number.isFinite(Math.fround(value));
    case 'float64':
      return Number.isFinite(value);
    case 'int32':
      return value === (value | 0);
    case 'int64':
      return Number.isSafeInteger(value);
    case 'string':
      return false;
  }
}

const policyText = (policy: NullPolicy): string => (typeof policy === 'string' ? policy : JSON.stringify(policy.value));

const mismatch = (message: string): LockstepError =>
  new LockstepError('LS_MODEL_MISMATCH', message, {
    remedy:
      'Write in `nulls` a number for a column of numbers, a text for one of texts, `nan` for an input of floats, or `error`.',
  });
