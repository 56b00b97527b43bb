/**
 * A program that misses a file which lies beside the job, but did not travel, is told so where its error is read. The
 * package holds a list of such files.
 */

/** Where the list lies in a code package: a JSON array of paths relative to the job file. The agent takes it out. */
export const LEFT_BEHIND_FILE = '.lockstep-left-behind.json';

/** What programs say of a file that is not there; the group is its path. */
const MISSING_FILES: readonly RegExp[] = [
  /No such file or directory: b?'([^'\n]+)'/g,
  /no such file or directory, \w+ '([^'\n]+)'/g,
  /Cannot find module '([^'\n]+)'/g,
  /can't open file '([^'\n]+)'/g,
  /(?:^|: )([^\s:'"]+): No such file or directory/gm,
];
const MISSING_MODULES = /No module named '?([\w.]+)'?/g;

/** Endings that a program may leave out when it names a module. */
const ENDINGS = ['', '.js', '.mjs', '.cjs', '.ts', '.json', '/index.js'] as const;

/**
 * The message of an exit whose first line says, where that is so, which file beside the job would have helped. `folder` is
 * what the task ran in, `leftBehind` the files that did not travel.
 */
export function withHint(message: string, folder: string, leftBehind: readonly string[]): string {
  const known = new Set(leftBehind);
  const place = missingIn(message, folder).find((one) => known.has(one));
  if (place === undefined) return message;
  const [first = '', ...rest] = message.split('\n');
  // A package travels as a whole.
  const entry = place.replace(/\/__(init|main)__\.py$/, '');
  const hint = `${place} lies beside the job file and was not taken along: add ${entry} to task.files`;
  return [`${first} (${hint})`, ...rest].join('\n');
}

/** Places that the message may mean, relative to the folder, the likeliest first. */
function missingIn(message: string, folder: string): readonly string[] {
  const files = MISSING_FILES.flatMap((pattern) => [...message.matchAll(pattern)].map(([, path = '']) => path));
  const modules = [...message.matchAll(MISSING_MODULES)].map(([, name = '']) => name);
  return [
    ...files.flatMap((file) => within(file, folder)).flatMap((place) => ENDINGS.map((ending) => place + ending)),
    ...modules.flatMap(modulePlaces),
  ];
}

/** `a.b` may be a module a/b.py or a package a/b; where a itself is missing Python names only that. */
function modulePlaces(name: string): readonly string[] {
  const path = name.replaceAll('.', '/');
  const first = path.split('/')[0] ?? '';
  return [path, first].flatMap((one) => [`${one}.py`, `${one}/__init__.py`, `${one}/__main__.py`]);
}

function within(path: string, folder: string): readonly string[] {
  const relative = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  if (relative.startsWith('/')) return [];
  const parts: string[] = [];
  for (const part of relative.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.pop() === undefined) return [];
    if (part !== '..') parts.push(part);
  }
  return [parts.join('/')];
}
