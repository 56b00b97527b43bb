import { listOf, type RawField, rawFields, rawList, rawStruct } from './raw-struct.ts';

/** Fields that decoding needs. Statistics, indexes of pages and filters are not read, so damage in them harms nobody. */
const NEEDED = {
  /** version, schema, rows, row groups, metadata, who wrote it */
  file: [1, 2, 3, 4, 5, 6],
  /** columns, sizeBytes, rows */
  group: [1, 2, 3],
  /** offset, metadata */
  column: [2, 3],
  /** type, encodings, path, codec, values, sizes, where data, index and dictionary begin */
  meta: [1, 2, 3, 4, 5, 6, 7, 9, 10, 11],
} as const;
const FILE = { rows: 3, rowGroups: 4 } as const;
const GROUP = { columns: 1, rows: 3 } as const;
const COLUMN = { meta: 3 } as const;
const MAGIC = new TextEncoder().encode('PAR1');
const NOTHING = Uint8Array.of(0);

/** Makes footers of a file that has one of the row groups of another file, at the same place, or none. */
export interface SlimFooters {
  /** The end of such a file: the footer, its length and the magic. */
  of(rowGroup: number | undefined): Uint8Array;
}

/** `footer` has been decoded and held against its file. RangeError where fields come twice or out of order. */
export function slimFooters(footer: Uint8Array): SlimFooters {
  const fields = needed(footer, NEEDED.file);
  const groups = rawList(fieldOf(fields, FILE.rowGroups));
  return {
    of(rowGroup) {
      const group = rowGroup === undefined ? undefined : slimGroup(groups.items[rowGroup] ?? NOTHING);
      const items = group ? [rawStruct(group)] : [];
      const replaced = fields.map((field) => {
        if (field.id === FILE.rows) return { ...field, bytes: group ? fieldOf(group, GROUP.rows) : NOTHING };
        return field.id === FILE.rowGroups ? { ...field, bytes: listOf({ ...groups, items }) } : field;
      });
      return fileEnd(rawStruct(replaced));
    },
  };
}

function slimGroup(group: Uint8Array): readonly RawField[] {
  return needed(group, NEEDED.group).map((field) => {
    if (field.id !== GROUP.columns) return field;
    const columns = rawList(field.bytes);
    return { ...field, bytes: listOf({ ...columns, items: columns.items.map(slimColumn) }) };
  });
}

const slimColumn = (column: Uint8Array): Uint8Array =>
  rawStruct(
    needed(column, NEEDED.column).map((field) =>
      field.id === COLUMN.meta ? { ...field, bytes: rawStruct(needed(field.bytes, NEEDED.meta)) } : field,
    ),
  );

const needed = (struct: Uint8Array, ids: readonly number[]): readonly RawField[] =>
  rawFields(struct).filter(({ id }) => ids.includes(id));

function fieldOf(fields: readonly RawField[], id: number): Uint8Array {
  const found = fields.find((field) => field.id === id);
  if (!found) throw new RangeError(`the field ${id} is missing`);
  return found.bytes;
}

function fileEnd(footer: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(footer.length + 8);
  bytes.set(footer);
  new DataView(bytes.buffer).setUint32(footer.length, footer.length, true);
  bytes.set(MAGIC, footer.length + 4);
  return bytes;
}
