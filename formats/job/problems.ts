import type { core } from 'zod/mini';
import { nearest } from '#core/job/nearest.ts';
import { expectation, nodeAt, type Path, type SchemaNode } from './expected.ts';

/** One thing that is wrong with a document, at one place of it. */
export interface Problem {
  /** The value, or the mapping in which something is missing or too much. */
  readonly path: Path;
  /** An unknown key, if that is what is wrong: the place of the problem is then the key itself. */
  readonly key?: string;
  readonly message: string;
}

/** Says every issue in the words of the document: what was expected, what was got, and what may have been meant. */
export function problems(issues: readonly core.$ZodIssue[], root: SchemaNode, document: unknown): readonly Problem[] {
  return issues.flatMap((issue): readonly Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: issue.path, key, message: unknownKey(key, nodeAt(root, issue.path)) }));
    }
    const got = valueAt(document, issue.path);
    const expected = issue.message === 'Invalid input' ? describe(nodeAt(root, issue.path)) : issue.message;
    if (got === undefined) return [{ path: issue.path, message: `is missing; expected ${expected}` }];
    return [{ path: issue.path, message: `expected ${expected}, got ${show(got)}` }];
  });
}

/** `gang.hosts`, `input[2]`; empty for the document itself. */
export const showPath = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');

export const unknownKey = (key: string, node: SchemaNode | undefined): string => {
  const known = Object.keys(node?.properties ?? {});
  const meant = nearest(key, known);
  return `unknown key "${key}"; ${meant === undefined ? `known are ${known.join(', ')}` : `did you mean "${meant}"?`}`;
};

const describe = (node: SchemaNode | undefined): string => (node === undefined ? 'another value' : expectation(node));

function valueAt(document: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    document,
  );
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    return keys.length === 0 ? 'an empty mapping' : `a mapping with ${keys.join(', ')}`;
  }
  return JSON.stringify(value) ?? String(value);
}
