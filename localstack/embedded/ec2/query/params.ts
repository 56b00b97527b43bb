/**
 * The EC2 Query protocol's request: a form whose keys are paths (`Filter.1.Value.2=x`). A list is numbered from 1
 * directly below its name.
 */
export type Params = { readonly [name: string]: Params | string };

/** Turns the form into a tree of objects; list members keep their numbers as names. */
export function parseForm(body: string): Params {
  const root: Record<string, Params | string> = Object.create(null);
  for (const [path, value] of new URLSearchParams(body)) {
    const names = path.split('.');
    const last = names.pop() as string;
    let node = root;
    for (const name of names) {
      const child = node[name] ?? Object.create(null);
      if (typeof child === 'string') throw new Error(`${path} is below a value`);
      node[name] = child;
      node = child as Record<string, Params | string>;
    }
    node[last] = value;
  }
  return root;
}

/** The text at a path, undefined if there is none. */
export function text(params: Params, ...path: readonly string[]): string | undefined {
  const value = at(params, path);
  return typeof value === 'string' ? value : undefined;
}

/** The structure at a path; an empty one if there is none. */
export function group(params: Params, ...path: readonly string[]): Params {
  const value = at(params, path);
  return value === undefined || typeof value === 'string' ? {} : value;
}

/** Members of a list of structures, in the order of their numbers. */
export function groups(params: Params, name: string): readonly Params[] {
  return members(params, name).filter((member): member is Params => typeof member !== 'string');
}

/** Members of a list of texts, in the order of their numbers. */
export function texts(params: Params, name: string): readonly string[] {
  return members(params, name).filter((member) => typeof member === 'string');
}

export function flag(params: Params, ...path: readonly string[]): boolean {
  return text(params, ...path) === 'true';
}

function at(params: Params, path: readonly string[]): Params | string | undefined {
  let node: Params | string | undefined = params;
  for (const name of path) node = typeof node === 'string' ? undefined : node?.[name];
  return node;
}

function members(params: Params, name: string): readonly (Params | string)[] {
  const list = params[name];
  if (list === undefined || typeof list === 'string') return [];
  return Object.entries(list)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, value]) => value);
}
