import type { Rule } from './asl.ts';
import { type Data, readPath, requirePath } from './paths.ts';
import { runtimeFailure } from './state-failure.ts';

type Order = (difference: number) => boolean;

const ORDERS: Readonly<Record<string, Order>> = {
  Equals: (difference) => difference === 0,
  LessThan: (difference) => difference < 0,
  LessThanEquals: (difference) => difference <= 0,
  GreaterThan: (difference) => difference > 0,
  GreaterThanEquals: (difference) => difference >= 0,
};

const COMPARISON =
  /^(String|Numeric|Timestamp|Boolean)(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)(Path)?$/;

const TESTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  IsNull: (value) => value === null,
  IsString: (value) => typeof value === 'string',
  IsNumeric: (value) => typeof value === 'number',
  IsBoolean: (value) => typeof value === 'boolean',
  IsTimestamp: (value) => !Number.isNaN(timestamp(value)),
};

/** Whether a rule of a Choice applies. A variable that is missing is States.Runtime, except for IsPresent. */
export function applies(rule: Rule, data: Data): boolean {
  if (Array.isArray(rule.And)) return rule.And.every((each: Rule) => applies(each, data));
  if (Array.isArray(rule.Or)) return rule.Or.some((each: Rule) => applies(each, data));
  if (rule.Not !== undefined) return !applies(rule.Not as Rule, data);

  const path = String(rule.Variable);
  if ('IsPresent' in rule) return (readPath(path, data) !== undefined) === rule.IsPresent;
  const value = requirePath(path, data);
  if ('StringMatches' in rule) return typeof value === 'string' && pattern(String(rule.StringMatches)).test(value);
  for (const [name, operand] of Object.entries(rule)) {
    const test = TESTS[name];
    if (test !== undefined) return test(value) === operand;
    const [, type, order, isPath] = COMPARISON.exec(name) ?? [];
    if (type !== undefined && order !== undefined) {
      const other = isPath === undefined ? operand : requirePath(String(operand), data);
      return ORDERS[order]?.(difference(type, value, other)) ?? false;
    }
  }
  throw runtimeFailure(`the rule ${JSON.stringify(rule)} has no known operator`);
}

/** NaN, which fits no order, where either side is not of the type that the operator compares. */
function difference(type: string, left: unknown, right: unknown): number {
  if (type === 'Numeric') return typeof left === 'number' && typeof right === 'number' ? left - right : Number.NaN;
  if (type === 'Boolean') return typeof left === 'boolean' && left === right ? 0 : Number.NaN;
  if (type === 'Timestamp') return timestamp(left) - timestamp(right);
  if (typeof left !== 'string' || typeof right !== 'string') return Number.NaN;
  return left === right ? 0 : left < right ? -1 : 1;
}

const timestamp = (value: unknown): number =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)
    ? Date.parse(value)
    : Number.NaN;

/** `*` stands for any characters; a backslash takes `*` and itself literally. Nothing else is special. */
function pattern(text: string): RegExp {
  const source = text.replace(/\\([*\\])|(\*)|([\s\S])/g, (_, escaped, star, character) =>
    star === undefined ? literal(escaped ?? character) : '[\\s\\S]*',
  );
  return new RegExp(`^${source}$`, 'u');
}

const literal = (character: string) => character.replace(/[.*+?^${}()|[\]\\]/, '\\$&');
