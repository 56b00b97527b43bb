/** What of a folder is read: the same on this machine and in S3. Adapters list, this decides. */

/** Something in a folder. */
export interface FolderEntry {
  /** Its path below the folder, with `/` between. One that ends with `/` is a folder, or stands for one. */
  readonly name: string;
  readonly sizeBytes: number;
}

export interface Skipped<Entry> {
  readonly entry: Entry;
  /** Why it is not read, to be put after its name and a colon. */
  readonly reason: string;
}

/** The job's own rule of what is data in a folder. It stands in place of endings. */
export interface NameRule {
  /** As the job has them, for messages. */
  readonly patterns: readonly string[];
  /** `name` is the path below the folder, with `/` between. */
  matches(name: string): boolean;
}

export interface FolderRule {
  /** Somebody chose each file, so that endings do not count. */
  readonly isAllMeant?: boolean;
  readonly match?: NameRule | undefined;
}

export interface FolderContents<Entry> {
  /** In the order of their names. */
  readonly read: readonly Entry[];
  readonly skipped: readonly Skipped<Entry>[];
}

/** Endings of tables, in any case. Which format a file has, its bytes say. */
export const TABLE_ENDINGS = ['arrow', 'arrows', 'feather', 'ipc', 'parquet', 'parq', 'pq'] as const;

/**
 * Folders are read to the bottom. Names that begin with `_` or `.`, of files or of folders above them, are markers as
 * everywhere in this trade (but for `_key=value`, a folder of Hive), what stands for a folder is none, and other endings
 * than those of tables belong to something else. Names without an ending are read: Athena writes such.
 */
export function folderContents<Entry extends FolderEntry>(
  entries: readonly Entry[],
  rule: FolderRule = {},
): FolderContents<Entry> {
  const inOrder = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const judged = inOrder.map((entry) => ({ entry, reason: reasonToSkip(entry, rule) }));
  return {
    read: judged.filter(({ reason }) => reason === undefined).map(({ entry }) => entry),
    skipped: judged.flatMap(({ entry, reason }) => (reason === undefined ? [] : [{ entry, reason }])),
  };
}

/** The reason of what only the job's own rule leaves out. */
export const NOT_MATCHED = '`input.match` leaves it out';

function reasonToSkip({ name, sizeBytes }: FolderEntry, { isAllMeant, match }: FolderRule): string | undefined {
  const parts = name.split('/').filter((part) => part !== '');
  const hidden = parts.find(isHidden);
  if (hidden !== undefined) return `\`${hidden}\` begins with \`${hidden[0]}\`, as markers do`;
  const last = parts.at(-1) ?? '';
  if (name === '' || name.endsWith('/') || (sizeBytes === 0 && last.endsWith('_$folder$')))
    return 'it stands for a folder';
  if (match !== undefined) return match.matches(name) ? undefined : NOT_MATCHED;
  const ending = endingOf(last);
  if (isAllMeant || ending === undefined || TABLE_ENDINGS.some((each) => each === ending)) return undefined;
  return `\`.${ending}\` is no ending of a table; name the file itself in \`input\` to read it`;
}

const isHidden = (part: string): boolean => part.startsWith('.') || (part.startsWith('_') && !part.includes('='));

function endingOf(name: string): string | undefined {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? undefined : name.slice(dot + 1).toLowerCase();
}

/** What was left out of an input, for people: all of it counted, some of it named. */
export interface LeftOut {
  readonly count: number;
  /** The first of them. */
  readonly some: readonly { readonly uri: string; readonly reason: string }[];
}

const NAMED_MAX = 100;

/** What was left out before, and what is besides. */
export const leftOutBoth = (a: LeftOut, b: LeftOut): LeftOut => ({
  count: a.count + b.count,
  some: [...a.some, ...b.some].slice(0, NAMED_MAX),
});

export const leftOut = (all: LeftOut['some']): LeftOut => ({ count: all.length, some: all.slice(0, NAMED_MAX) });

/** A line for each that is named, the count of the others behind them; nothing where all was read. */
export function leftOutLines({ count, some }: LeftOut, most = 10): readonly string[] {
  if (count === 0) return [];
  const named = some.slice(0, most).map(({ uri, reason }) => `  ${uri}: ${reason}`);
  return [
    `${count} ${count === 1 ? 'file is' : 'files are'} not read:`,
    ...named,
    ...(count > named.length ? [`  and ${count - named.length} more`] : []),
  ];
}
