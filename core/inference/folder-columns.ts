/** Columns that the names of folders make, as Hive writes them: `day=2026-11-25/hour=7/`. */
import { LockstepError } from '../errors.ts';

/** A value that every row of an object has. */
export interface FolderColumn {
  readonly name: string;
  readonly type: 'int64' | 'utf8';
  /** As the name of the folder has it; null for what Hive calls its default. */
  readonly value: string | null;
}

const DEFAULT = '__HIVE_DEFAULT_PARTITION__';
/** A whole number that is written again as it was read. */
const WHOLE = /^(?:0|-?[1-9]\d{0,17})$/;

/**
 * The columns of each object, from its path below the folder that was named; the last step is the object itself. A column of
 * whole numbers alone, none of them with zeros in front, is one of int64, any other of text. LS_SCHEMA_DIFFERS for a path
 * that gives one column two values.
 */
export function folderColumns(paths: readonly (string | undefined)[]): readonly (readonly FolderColumn[])[] {
  const all = paths.map((path = '') => valuesOf(path));
  const texts = new Set(
    all.flatMap((values) => values.flatMap(({ name, value }) => (value === null || WHOLE.test(value) ? [] : [name]))),
  );
  return all.map((values) => values.map((each) => ({ ...each, type: texts.has(each.name) ? 'utf8' : 'int64' })));
}

function valuesOf(path: string): readonly Omit<FolderColumn, 'type'>[] {
  const values = path
    .split('/')
    .slice(0, -1)
    .flatMap((step) => {
      const at = step.indexOf('=');
      if (at < 1) return [];
      const value = step.slice(at + 1);
      return [{ name: decoded(step.slice(0, at)), value: value === DEFAULT ? null : decoded(value) }];
    });
  const twice = values.find(({ name }, i) => values.findIndex((other) => other.name === name) < i);
  if (twice === undefined) return values;
  throw new LockstepError('LS_SCHEMA_DIFFERS', `${path}: two of its folders give the column \`${twice.name}\``, {
    remedy: 'Give each folder of a path a column of its own.',
  });
}

/** Percent signs stand for the bytes of UTF-8; what is none of them stays. */
const decoded = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  });
