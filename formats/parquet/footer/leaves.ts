import { corrupt, type FilePlace } from '../corrupt.ts';
import { count, struct, text } from './fields.ts';
import type { ThriftStruct, ThriftValue } from './thrift.ts';

/** A column of values: those around it have none of their own. */
export interface Leaf {
  /** Names from the top of the schema down to it. */
  readonly path: readonly string[];
  /** Whether a row may hold any number of values. */
  readonly isRepeated: boolean;
}

const ELEMENT = { repetition: 3, name: 4, children: 5 } as const;
const REPEATED = 2;
const MAX_COLUMNS = 65_536;
const MAX_DEPTH = 32;

/** The root of the tree is no column, and has no part in the names of columns. */
const ROOT: Leaf = { path: [], isRepeated: false };

/** Walks the flattened tree of columns; its leaves in order. LS_PARQUET_CORRUPT, RangeError. */
export function leavesOf(elements: readonly ThriftValue[], place: FilePlace): readonly Leaf[] {
  if (elements.length > MAX_COLUMNS) throw corrupt(place, `the schema has more than ${MAX_COLUMNS} columns`);
  const leaves: Leaf[] = [];
  let next = 0;
  const visit = (above: Leaf | undefined): void => {
    if ((above?.path.length ?? 0) >= MAX_DEPTH) {
      throw corrupt(place, `the columns are nested more than ${MAX_DEPTH} deep`);
    }
    const element = elements[next++];
    if (element === undefined) throw corrupt(place, 'the schema ends too soon');
    const fields = struct(element);
    const children = fields.has(ELEMENT.children) ? count(fields, ELEMENT.children) : 0;
    const column = above ? below(above, fields) : ROOT;
    if (children === 0 && above) leaves.push(column);
    for (let i = 0; i < children; i++) visit(column);
  };
  visit(undefined);
  if (next !== elements.length) throw corrupt(place, 'the schema has columns outside of its tree');
  return leaves;
}

const below = ({ path, isRepeated }: Leaf, fields: ThriftStruct): Leaf => ({
  path: [...path, text(fields.get(ELEMENT.name))],
  isRepeated: isRepeated || fields.get(ELEMENT.repetition) === REPEATED,
});
