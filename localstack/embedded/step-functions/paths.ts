/** JSONPath as states use it: `$.a.b[0]`, `$['a']`, `[*]`, `[1:3]`, and `$$` for the context object. */
import { runtimeFailure, StateFailure } from './state-failure.ts';

/** What paths are read from. */
export interface Data {
  readonly input: unknown;
  readonly context: unknown;
}

type Segment =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'slice'; readonly from: number; readonly to: number };

const SEGMENT =
  /\.([\p{L}_][\p{L}\p{N}_-]*|\*)|\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\*)|(-?\d+)|(-?\d*):(-?\d*))\]/uy;

const parsed = new Map<string, readonly Segment[]>();

/** The value at a path; undefined if there is none. A path with `[*]` or a range gives a list. */
export function readPath(path: string, data: Data): unknown {
  const root = path.startsWith('$$') ? data.context : data.input;
  const segments = parse(path);
  let found: readonly unknown[] = [root];
  for (const segment of segments) found = found.flatMap((value) => select(value, segment));
  const isDefinite = segments.every(({ kind }) => kind === 'key' || kind === 'index');
  return isDefinite ? found[0] : found;
}

/** Throws States.Runtime for a path that is not supported here. */
export const assertPath = (path: string): void => void parse(path);

/** The value at a path that must exist: States.Runtime otherwise, as on AWS. */
export function requirePath(path: string, data: Data): unknown {
  const value = readPath(path, data);
  if (value === undefined) {
    throw runtimeFailure(`The JSONPath '${path}' could not be found in the input '${JSON.stringify(data.input)}'`);
  }
  return value;
}

/**
 * A copy of the document with the value at a reference path, whose missing parts are created.
 * States.ResultPathMatchFailure where the path leads through something that has no such parts.
 */
export function writePath(document: unknown, path: string, value: unknown): unknown {
  return put(document, parse(path), value, path);
}

function put(document: unknown, segments: readonly Segment[], value: unknown, path: string): unknown {
  const [head, ...rest] = segments;
  if (head === undefined) return value;
  if (head.kind === 'key' && (document === undefined || isObject(document))) {
    const object = (document ?? {}) as Record<string, unknown>;
    return { ...object, [head.key]: put(object[head.key], rest, value, path) };
  }
  if (head.kind === 'index' && Array.isArray(document) && head.index < document.length) {
    return document.with(head.index, put(document[head.index], rest, value, path));
  }
  const reason = `Unable to apply ResultPath '${path}' to '${JSON.stringify(document)}'`;
  throw new StateFailure('States.ResultPathMatchFailure', reason);
}

function select(value: unknown, segment: Segment): readonly unknown[] {
  switch (segment.kind) {
    case 'key':
      return isObject(value) && Object.hasOwn(value, segment.key) ? [value[segment.key]] : [];
    case 'index': {
      const item = Array.isArray(value) ? value.at(segment.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
    case 'slice':
      return Array.isArray(value) ? value.slice(segment.from, segment.to) : [];
  }
}

function parse(path: string): readonly Segment[] {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const segments: Segment[] = [];
  SEGMENT.lastIndex = path.startsWith('$$') ? 2 : 1;
  while (SEGMENT.lastIndex < path.length) {
    const at = SEGMENT.lastIndex;
    const match = path.startsWith('$') ? SEGMENT.exec(path) : null;
    if (match === null) throw runtimeFailure(`The path '${path}' is not supported here, from character ${at}`);
    segments.push(segment(match));
  }
  parsed.set(path, segments);
  return segments;
}

function segment([, name, single, double, star, index, from, to]: RegExpExecArray): Segment {
  if (name === '*' || star !== undefined) return { kind: 'all' };
  if (index !== undefined) return { kind: 'index', index: Number(index) };
  if (from !== undefined || to !== undefined) {
    return { kind: 'slice', from: Number(from || 0), to: to ? Number(to) : Number.MAX_SAFE_INTEGER };
  }
  return { kind: 'key', key: name ?? (single ?? double ?? '').replace(/\\(.)/g, '$1') };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
