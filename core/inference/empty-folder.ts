/** The refusal of a folder of which nothing is read. */
import { LockstepError } from '../errors.ts';
import { nearest } from '../job/nearest.ts';
import { type LeftOut, leftOutLines, type NameRule, NOT_MATCHED } from './folder.ts';

/** `place` is the folder as the user knows it. LS_DATA_EMPTY: what was expected, what is there, and what may have been meant. */
export function nothingToRead(place: string, skipped: LeftOut, match?: NameRule): LockstepError {
  const expected =
    match === undefined
      ? 'holds nothing to read, expected Arrow or Parquet files'
      : `holds nothing that \`input.match\` (${match.patterns.join(', ')}) matches${meant(match, skipped)}`;
  return new LockstepError('LS_DATA_EMPTY', [`${place} ${expected}`, ...leftOutLines(skipped, 3)].join('\n'));
}

function meant({ patterns }: NameRule, { some }: LeftOut): string {
  const names = some.filter(({ reason }) => reason === NOT_MATCHED).map(({ uri }) => uri.split('/').at(-1) ?? '');
  const candidates = [...new Set(names.flatMap((name) => [...ofSameEnding(name), name]))];
  const near = patterns.map((pattern) => nearest(pattern, candidates)).find((each) => each !== undefined);
  return near === undefined ? '' : `; did you mean \`${near}\`?`;
}

/** `part-0.snappy.parquet` → `*.parquet` */
function ofSameEnding(name: string): readonly string[] {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? [] : [`*${name.slice(dot)}`];
}
