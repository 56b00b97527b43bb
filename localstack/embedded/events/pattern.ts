/** Event patterns of EventBridge: which events a rule takes. */
import { LockstepError } from '#core/errors.ts';

export type Matcher = (value: unknown) => boolean;

/** Compiles a pattern. LS_USAGE names a filter that is not known, rather than let a rule match nothing. */
export function compilePattern(pattern: unknown): Matcher {
  if (!isObject(pattern)) throw unknownFilter(pattern);
  const fields = Object.entries(pattern).map(([name, inner]) => {
    if (name === '$or' && Array.isArray(inner)) return anyOf(inner.map(compilePattern));
    const matcher = Array.isArray(inner) ? anyLeaf(inner.map(compileLeaf)) : anyElement(compilePattern(inner));
    return (event: unknown) => matcher(isObject(event) ? event[name] : undefined);
  });
  return (event) => fields.every((field) => field(event));
}

/** A list in the event matches if one of its elements does; an absent field is seen by `exists` alone. */
const anyLeaf =
  (leaves: readonly Matcher[]): Matcher =>
  (value) => {
    const values = Array.isArray(value) && value.length > 0 ? value : [value];
    return values.some((each) => leaves.some((leaf) => leaf(each)));
  };

const anyElement =
  (matcher: Matcher): Matcher =>
  (value) =>
    Array.isArray(value) ? value.some(matcher) : matcher(value);

const anyOf =
  (matchers: readonly Matcher[]): Matcher =>
  (value) =>
    matchers.some((matcher) => matcher(value));

function compileLeaf(leaf: unknown): Matcher {
  if (!isObject(leaf)) return (value) => value === leaf;
  const [entry, another] = Object.entries(leaf);
  const compile = entry === undefined || another !== undefined ? undefined : FILTERS[entry[0]];
  if (compile === undefined) throw unknownFilter(leaf);
  return compile(entry?.[1]);
}

const FILTERS: Readonly<Record<string, (operand: unknown) => Matcher>> = {
  prefix: (operand) => {
    const { text, fold } = foldable(operand);
    return (value) => typeof value === 'string' && fold(value).startsWith(text);
  },
  suffix: (operand) => {
    const { text, fold } = foldable(operand);
    return (value) => typeof value === 'string' && fold(value).endsWith(text);
  },
  'equals-ignore-case': (operand) => (value) =>
    typeof value === 'string' && value.toLowerCase() === String(operand).toLowerCase(),
  wildcard: (operand) => {
    const pattern = wildcard(String(operand));
    return (value) => typeof value === 'string' && pattern.test(value);
  },
  exists: (operand) => (value) => (value !== undefined) === operand,
  numeric: (operand) => numeric(operand as readonly unknown[]),
  'anything-but': (operand) => {
    const refused = (Array.isArray(operand) ? operand : [operand]).map(compileRefused);
    return (value) => value !== undefined && !refused.some((leaf) => leaf(value));
  },
};

/** `{ "anything-but": { "prefix": ["a", "b"] } }` refuses each of the list. */
function compileRefused(leaf: unknown): Matcher {
  if (!isObject(leaf)) return compileLeaf(leaf);
  const [name, operand] = Object.entries(leaf)[0] ?? [];
  return Array.isArray(operand) ? anyOf(operand.map((each) => compileLeaf({ [name ?? '']: each }))) : compileLeaf(leaf);
}

function foldable(operand: unknown): { readonly text: string; readonly fold: (value: string) => string } {
  if (!isObject(operand)) return { text: String(operand), fold: (value) => value };
  return { text: String(operand['equals-ignore-case']).toLowerCase(), fold: (value) => value.toLowerCase() };
}

/** `*` is any run of characters; `\*` and `\\` are themselves. */
function wildcard(text: string): RegExp {
  const source = text.replace(/\\([*\\])|(\*)|([\s\S])/g, (_, escaped?: string, star?: string, character?: string) =>
    star === undefined ? (escaped ?? character ?? '').replace(/[.*+?^${}()|[\]\\]/, '\\$&') : '[\\s\\S]*',
  );
  return new RegExp(`^${source}$`);
}

const COMPARE: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/** `[">", 0, "<=", 5]` */
function numeric(operand: readonly unknown[]): Matcher {
  const tests = Array.from({ length: operand.length / 2 }, (_, i) => {
    const compare = COMPARE[String(operand[2 * i])];
    if (compare === undefined) throw unknownFilter({ numeric: operand });
    return (value: number) => compare(value, Number(operand[2 * i + 1]));
  });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const unknownFilter = (filter: unknown) =>
  new LockstepError('LS_USAGE', `the local cloud does not know the event filter ${JSON.stringify(filter)}`, {
    remedy: 'Use exact values, prefix, suffix, wildcard, exists, numeric, anything-but or equals-ignore-case.',
  });
