/** The intrinsic functions of the States Language, e.g. `States.Format('runs/{}', $.runId)`. */
import { createHash, randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { assertPath, type Data, requirePath } from './paths.ts';
import { StateFailure } from './state-failure.ts';

type Arguments = readonly unknown[];
type Intrinsic = (args: Arguments) => unknown;

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  'States.Format': ([template, ...values]) => format(string(template), values),
  'States.StringToJson': ([text]) => parseJson(string(text)),
  'States.JsonToString': ([value]) => JSON.stringify(value),
  'States.Array': (values) => [...values],
  'States.ArrayPartition': ([list, size]) => {
    const [items, step] = [array(list), integer(size)];
    return Array.from({ length: Math.ceil(items.length / step) }, (_, i) => items.slice(i * step, (i + 1) * step));
  },
  'States.ArrayContains': ([list, value]) => array(list).some((item) => isDeepStrictEqual(item, value)),
  'States.ArrayRange': ([first, last, step]) => range(integer(first), integer(last), integer(step)),
  'States.ArrayGetItem': ([list, index]) => {
    const [items, position] = [array(list), integer(index)];
    if (position < 0 || position >= items.length) throw bad(`index ${position} is outside of ${items.length} items`);
    return items[position];
  },
  'States.ArrayLength': ([list]) => array(list).length,
  'States.ArrayUnique': ([list]) => {
    const items = array(list);
    return items.filter((item, i) => items.findIndex((other) => isDeepStrictEqual(other, item)) === i);
  },
  'States.Base64Encode': ([text]) => Buffer.from(string(text)).toString('base64'),
  'States.Base64Decode': ([text]) => Buffer.from(string(text), 'base64').toString(),
  'States.Hash': ([text, algorithm]) => {
    const name = string(algorithm);
    if (!/^(MD5|SHA-1|SHA-256|SHA-384|SHA-512)$/.test(name)) throw bad(`unknown hash algorithm ${name}`);
    const bytes = typeof text === 'string' ? text : JSON.stringify(text);
    return createHash(name.toLowerCase().replace('-', '')).update(bytes).digest('hex');
  },
  'States.JsonMerge': ([left, right, deep]) => {
    if (deep !== false) throw bad('only the shallow merge is supported');
    return { ...(left as object), ...(right as object) };
  },
  'States.MathRandom': ([first, last]) => randomInt(integer(first), integer(last)),
  'States.MathAdd': ([left, right]) => integer(left) + integer(right),
  // Every character of the second argument separates, and empty pieces are dropped.
  'States.StringSplit': ([text, separators]) => {
    const pieces = [''];
    for (const character of string(text)) {
      if (string(separators).includes(character)) pieces.push('');
      else pieces[pieces.length - 1] += character;
    }
    return pieces.filter((piece) => piece !== '');
  },
  'States.UUID': () => randomUUID(),
};

/** True if a payload value calls an intrinsic rather than naming a path. */
export const isIntrinsic = (text: string) => text.startsWith('States.');

/** The value of a call, arguments and nested calls evaluated. States.IntrinsicFailure if it is malformed or its arguments do not fit. */
export const evaluate = (text: string, data: Data): unknown =>
  read(text, { path: (path) => requirePath(path, data), apply: (intrinsic, values) => intrinsic(values) });

/** Throws what `evaluate` would throw for a call that is malformed, whatever its data are. */
export function assertIntrinsic(text: string): void {
  read(text, { path: assertPath, apply: () => undefined });
}

/** What becomes of the parts of a call. */
interface Reading {
  path(path: string): unknown;
  apply(intrinsic: Intrinsic, values: Arguments): unknown;
}

function read(text: string, reading: Reading): unknown {
  const reader = { text, at: 0 };
  const value = expression(reader, reading);
  skipSpaces(reader);
  if (reader.at < text.length) throw bad(`unexpected '${text.slice(reader.at)}' in ${text}`);
  return value;
}

interface Reader {
  readonly text: string;
  at: number;
}

/** A call, a path, a string in single quotes, or a JSON number or word. */
function expression(reader: Reader, reading: Reading): unknown {
  skipSpaces(reader);
  const name = token(reader, /States\.\w+/y);
  if (name !== undefined) return call(name, reader, reading);
  const path = token(reader, /\$(?:\$|[^\s,()[\]']|\[(?:'(?:[^'\\]|\\.)*'|[^\]]*)\])*/y);
  if (path !== undefined) return reading.path(path);
  const quoted = token(reader, /'(?:[^'\\]|\\.)*'/y);
  // Braces keep their backslash: States.Format tells `\{` from a placeholder.
  if (quoted !== undefined) return quoted.slice(1, -1).replace(/\\([^{}])/g, '$1');
  const word = token(reader, /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);
  if (word !== undefined) return JSON.parse(word);
  throw bad(`cannot read '${reader.text.slice(reader.at)}' in ${reader.text}`);
}

function call(name: string, reader: Reader, reading: Reading): unknown {
  const intrinsic = INTRINSICS[name];
  if (intrinsic === undefined) throw bad(`there is no function ${name}`);
  if (token(reader, /\(/y) === undefined) throw bad(`${name} needs its arguments in parentheses`);
  const values: unknown[] = [];
  skipSpaces(reader);
  while (token(reader, /\)/y) === undefined) {
    if (values.length > 0 && token(reader, /,/y) === undefined) throw bad(`expected a comma in ${reader.text}`);
    values.push(expression(reader, reading));
    skipSpaces(reader);
  }
  return reading.apply(intrinsic, values);
}

function token(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  reader.at += found?.length ?? 0;
  return found;
}

const skipSpaces = (reader: Reader) => void token(reader, /\s*/y);

function format(template: string, values: Arguments): string {
  let used = 0;
  const text = template.replace(/\\([{}])|\{\}/g, (_, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    const value = values[used++];
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
  if (used !== values.length) throw bad(`States.Format has ${used} placeholders and ${values.length} values`);
  return text;
}

function range(first: number, last: number, step: number): readonly number[] {
  if (step === 0) throw bad('the step of States.ArrayRange is 0');
  const length = Math.max(0, Math.floor((last - first) / step) + 1);
  if (length > 1000) throw bad('States.ArrayRange gives at most 1,000 numbers');
  return Array.from({ length }, (_, i) => first + i * step);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad(`States.StringToJson: ${(error as Error).message}`);
  }
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw bad(`expected a string, got ${JSON.stringify(value)}`);
  return value;
}

function integer(value: unknown): number {
  if (typeof value !== 'number') throw bad(`expected a number, got ${JSON.stringify(value)}`);
  return Math.round(value);
}

function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(`expected an array, got ${JSON.stringify(value)}`);
  return value;
}

const bad = (message: string) => new StateFailure('States.IntrinsicFailure', message);
