/** What a listing asks for. */
export interface ListQuery {
  readonly prefix: string;
  /** Empty: no grouping. */
  readonly delimiter: string;
  /** Only keys, and common prefixes, greater than this. Empty: from the start. */
  readonly after: string;
  readonly limit: number;
}

export interface ListPage {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  /** Where the next page begins, to be given as `after`; undefined if this one is the last. */
  readonly next: string | undefined;
}

/** One page of the sorted keys: keys below the prefix, those with a delimiter behind it folded into common prefixes. */
export function listPage(sortedKeys: readonly string[], query: ListQuery): ListPage {
  if (query.limit === 0) return { keys: [], prefixes: [], next: undefined };
  const keys: string[] = [];
  const prefixes: string[] = [];
  let last = query.after;
  for (const key of sortedKeys) {
    if (!key.startsWith(query.prefix) || !follows(key, query.after)) continue;
    const folded = commonPrefix(key, query);
    // The rest of a common prefix that this page or an earlier one has named already.
    if (folded !== undefined && (folded === prefixes.at(-1) || !follows(folded, query.after))) continue;
    if (keys.length + prefixes.length === query.limit) return { keys, prefixes, next: last };
    last = folded ?? key;
    if (folded === undefined) keys.push(key);
    else prefixes.push(folded);
  }
  return { keys, prefixes, next: undefined };
}

function commonPrefix(key: string, { prefix, delimiter }: ListQuery): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

const follows = (key: string, after: string) =>
  after === '' || Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0;
