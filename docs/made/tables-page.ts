import {
  Binary,
  BinaryView,
  Bool,
  type DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  DurationSecond,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  IntervalMonthDayNano,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Map_,
  Null,
  Schema,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampSecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
  Utf8View,
} from 'apache-arrow';
import { DATA_ERRORS } from '#core/data-errors.ts';
import { LockstepError } from '#core/errors.ts';
import { bindColumns, type ColumnShape } from '#core/inference/bind.ts';
import { TABLE_ENDINGS } from '#core/inference/folder.ts';
import { SCALARS } from '#core/inference/prediction.ts';
import { ELEMENTS, type Element } from '#core/inference/tensor-values.ts';
import { UNSUPPORTED } from '#formats/arrow/check/schema.ts';
import { notCsv } from '#formats/csv/write-csv.ts';
import { checkWritable } from '#formats/parquet/encode/unwritten.ts';
import { CODECS } from '#formats/parquet/footer/footer.ts';
import { columnShapes } from '#formats/table/column-shapes.ts';
import { code, madePage, markdownTable } from './markdown.ts';

const item = (type: DataType): Field => new Field('item', type, false);
const VECTOR = 3;

const ENTRIES = new Field(
  'entries',
  new Struct([new Field('key', new Utf8(), false), new Field('value', new Int32(), true)] as never),
  false,
);

/** A type of each kind that a column can have. */
const TYPES: readonly DataType[] = [
  new Bool(),
  ...[new Int8(), new Int16(), new Int32(), new Int64(), new Uint8(), new Uint16(), new Uint32(), new Uint64()],
  ...[new Float16(), new Float32(), new Float64(), new Decimal(2, 10, 128)],
  ...[new Utf8(), new LargeUtf8(), new Utf8View(), new Dictionary(new Utf8(), new Int32())],
  new Dictionary(new Int64(), new Int32()),
  ...[new Binary(), new LargeBinary(), new BinaryView(), new FixedSizeBinary(16)],
  ...[new DateDay(), new DateMillisecond(), new TimeMicrosecond(), new TimestampSecond(), new TimestampMicrosecond()],
  ...[new DurationSecond(), new IntervalMonthDayNano()],
  ...[
    new FixedSizeList(VECTOR, item(new Float32())),
    new List(item(new Float32())),
    new LargeList(item(new Float64())),
  ],
  ...[
    new FixedSizeList(VECTOR, item(new Utf8())),
    new FixedSizeList(VECTOR, item(new FixedSizeList(2, item(new Float32())))),
  ],
  new Struct([item(new Float32())]),
  new Map_(ENTRIES as never),
  new Null(),
];

/** What is read, what of it a model takes, and what is written: asked of the functions that decide it. */
export function tablesPage(): string {
  return madePage(
    'What is read, run, written and refused',
    'formats/ and core/inference/',
    [
      `## Files\n${files()}`,
      `## Columns\n${COLUMNS}\n\n${columns()}`,
      `## Models\n${models()}`,
      `## Refused\n${REFUSED}\n\n${refused()}`,
    ].join('\n\n'),
  );
}

function files(): string {
  const [read, others] = [true, false].map((isRead) => CODECS.filter(([, is]) => is === isRead).map(([name]) => name));
  const endings = TABLE_ENDINGS.map((ending) => code(`.${ending}`)).join(', ');
  const rows = [
    ['Arrow IPC file (Feather 2)', 'none, LZ4, ZSTD', 'yes, uncompressed'],
    ['Arrow IPC stream', 'none, LZ4, ZSTD', 'by `lockstep read`'],
    ['Parquet', `${read?.join(', ')}; not ${others?.join(', ')}`, 'yes, ZSTD'],
    ['CSV', 'not read; `input: { sql }` does', 'by `lockstep read`'],
  ];
  return `What a file is, its bytes say. Of folders ${endings} are read, and names without an ending.\n\n${markdownTable(['format', 'read with compression', 'written'], rows)}`;
}

const COLUMNS =
  'Every column below can be read and kept beside the predictions. `exact` stands where a value that the input cannot hold exactly is an error with its row, `rounded` where float64 becomes float32. What says no is refused when the run is planned, with the column and its type.';

function columns(): string {
  const rows = TYPES.map((type) => {
    const [shape] = columnShapes(new Schema([new Field('c', type, true)]));
    const takes = ELEMENTS.map((element) => taken(shape as ColumnShape, element));
    return [code(typeName(shape as ColumnShape, type)), ...takes, asParquet(type), isCsv(type) ? 'yes' : 'no'];
  });
  const unread = Object.values(UNSUPPORTED).map((what) => [what, ...ELEMENTS.map(() => ''), '', 'not read']);
  const heading = ['type of Arrow', ...ELEMENTS.map((element) => `input of ${element}`), 'as Parquet', 'as CSV'];
  return markdownTable(heading, [...rows, ...unread]);
}

const typeName = (shape: ColumnShape, type: DataType): string =>
  shape.dims.length > 0 ? shape.type : String(type).replaceAll('\n', ' ');

/** Whether an input of as many values takes the column. */
function taken(shape: ColumnShape, element: Element): string {
  const dims = ['N', ...shape.dims.map((dim) => (dim === '?' ? VECTOR : dim))];
  try {
    bindColumns({ inputs: [{ name: 'c', type: element, dims }], outputs: [] }, [shape], { c: ['c'] });
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return 'no';
  }
  if (shape.element === element) return 'yes';
  if (shape.element === 'float64' && element === 'float32') return 'rounded';
  return shape.element?.startsWith('float') || shape.element === 'bool' ? 'yes' : 'exact';
}

function asParquet(type: DataType): string {
  try {
    checkWritable(new Schema([new Field('c', type, true)]));
    return 'yes';
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    return 'no';
  }
}

const isCsv = (type: DataType): boolean => notCsv(new Schema([new Field('c', type, true)])) === undefined;

function models(): string {
  const rows = [
    [
      code('kind: onnx'),
      'columns of numbers, texts and lists of them, by `columns` or the names of inputs',
      `tensors of ${['float16', ...SCALARS].map((each) => (each === 'utf8' ? 'string' : each)).join(', ')}`,
    ],
    [code('kind: module'), 'every column', 'columns by name, objects, or values'],
    [
      code('kind: python'),
      'every column, as pyarrow has it; on a machine with a Python',
      'what pyarrow, pandas, numpy, polars or torch have',
    ],
  ];
  return markdownTable(['`predict`', 'takes', 'may return'], rows);
}

const REFUSED =
  'What is wrong with data, a model or rows ends in one of these, with what was expected, what was got, where, and what to do.';

function refused(): string {
  const rows = Object.entries(DATA_ERRORS).map(([name, { cause, remedy }]) => [code(name), cause, remedy]);
  return markdownTable(['code', 'when', 'what to do'], rows);
}
