/**
 * Modules that a Python source imports by name, e.g. `a.b`; of `from a import b` both `a` and `a.b`, because `b` may be a
 * module. Found without running it: what stands in a text counts too, what is made up at run time does not. Imports that
 * are relative to a package are left to whoever takes the package along.
 */
export function pythonImports(source: string): readonly string[] {
  const found = new Set<string>();
  for (const [, from, names, list] of source.matchAll(STATEMENT)) {
    if (from !== undefined) {
      found.add(from);
      for (const name of namesOf(names ?? '')) found.add(`${from}.${name}`);
    } else for (const name of namesOf(list ?? '')) found.add(name);
  }
  return [...found];
}

const STATEMENT =
  /(?:^|[:;])[ \t]*(?:from[ \t]+([\p{L}_][\p{L}\p{N}_.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n#;]+)|import[ \t]+([\p{L}_][^\n#;]*))/gmu;

const namesOf = (list: string): readonly string[] =>
  list
    .replace(/#[^\n]*/g, '')
    .split(/[(),\\\n]/)
    .map((one) => one.trim().split(/\s/)[0] ?? '')
    .filter((name) => /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name));
