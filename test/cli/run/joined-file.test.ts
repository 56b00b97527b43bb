import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from '@uwdata/flechette';
import {
  type Data,
  DateMillisecond,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampSecond,
  tableFromArrays,
  tableFromIPC as tableFromArrowJs,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { readSchema } from 'parquet-wasm';
import { afterAll, describe, expect, it } from 'vitest';
import { workerEncoder } from '#adapters/parquet/worker-encoder.ts';
import { parquetWriter } from '#formats/parquet/encode/write-parquet.ts';
import { writeJoined } from '../../../cli/run/joined-file.ts';
import { tableValues } from '../../formats/arrow/plain-values.ts';
import { readAll } from '../../formats/arrow/read-all.ts';
import { testHome } from '../command-context.ts';

/** Columns of these tables that Parquet would change. */
const REFUSED = new Set(['date_ms', 'vector', 'time_s', 'moment_s']);
const TABLES = 'test/fixtures/tables';

const home = testHome();
afterAll(() => home.remove());
const at = (name: string) => join(home.folder, name);

const numbers = (...values: number[]) => tableFromArrays({ n: Int32Array.from(values) });
const words = (...values: string[]) =>
  new Table({ w: vectorFromArray(values, new Dictionary(new Utf8(), new Int32())) });

/** The batches of several tables as those of one run, each with the numbers of dictionaries that its own file has. */
async function* batchesOf(tables: readonly Table[]): AsyncGenerator<RecordBatch> {
  for (const { batches } of tables) yield* batches;
}
const schemaOf = ([first]: readonly Table[]): Schema => (first as Table).schema;
/** By hand: `select` of apache-arrow leaves holes between the columns. */
function withoutRefused({ schema, data }: RecordBatch): RecordBatch {
  const kept = schema.fields.flatMap(({ name }, i) => (REFUSED.has(name) ? [] : [i]));
  const fields = kept.map((i) => schema.fields[i] as Field);
  const children = kept.map((i) => data.children[i] as Data);
  const struct = makeData({ type: new Struct(fields), length: data.length, nullCount: 0, children });
  return new RecordBatch(new Schema(fields, schema.metadata), struct);
}

async function rowsOf(connection: DuckDBConnection, file: string) {
  const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
  return { columns: reader.columnNames(), rows: reader.getRows() };
}
const { signal } = new AbortController();
const write = (name: string, tables: readonly Table[]) =>
  writeJoined(at(name), { schema: schemaOf(tables), batches: batchesOf(tables), signal });

describe('the parts of a run in one file', () => {
  it.each(['all.arrow', 'all.feather', 'all.ARROWS'])(
    'are read by another implementation, in their order: %s',
    async (name) => {
      expect(await write(name, [numbers(1, 2), numbers(3), numbers(4, 5)])).toBe(5);
      expect(
        tableFromIPC(readFileSync(at(name)))
          .getChild('n')
          .toArray(),
      ).toEqual(Int32Array.of(1, 2, 3, 4, 5));
    },
  );

  it('keep what their own dictionaries say, in a stream; a file, which has room for one, is refused', async () => {
    const parts = [words('a', 'b'), words('c', 'a')];
    expect(await write('words.arrows', parts)).toBe(4);
    expect([...tableFromIPC(readFileSync(at('words.arrows'))).getChild('w')]).toEqual(['a', 'b', 'c', 'a']);
    await expect(write('words.arrow', parts)).rejects.toMatchObject({
      code: 'LS_USAGE',
      message: expect.stringMatching(/`w` has a dictionary in each part/),
      remedy: expect.stringContaining('.arrows'),
    });
  });

  it('are one Parquet file for another implementation, with the dictionaries of each part and nulls', async () => {
    expect(await write('words.parquet', [words('a', 'b'), words('c', 'a')])).toBe(4);
    const connection = await (await DuckDBInstance.create()).connect();
    const { columns, rows } = await rowsOf(connection, at('words.parquet'));
    connection.closeSync();
    expect({ columns, rows }).toEqual({ columns: ['w'], rows: [['a'], ['b'], ['c'], ['a']] });
  });

  it.each(readdirSync(TABLES).filter((name) => /^(pyarrow|arro3|polars-0).*\.arrow$/.test(name)))(
    'keep every value and the metadata of the schema in Parquet: %s',
    async (name) => {
      const whole = await readAll(new Uint8Array(readFileSync(`${TABLES}/${name}`)));
      const parts = whole.map(withoutRefused);
      const { schema } = parts[0] as RecordBatch;
      expect(schema.fields.length).toBeGreaterThan(5);
      const batches = (async function* () {
        yield* parts;
      })();
      await writeJoined(at('table.parquet'), { schema, batches, signal });
      const back = await readAll(new Uint8Array(readFileSync(at('table.parquet'))));
      expect(tableValues(back)).toEqual(tableValues(parts));
      const said = tableFromArrowJs(
        readSchema(new Uint8Array(readFileSync(at('table.parquet')))).intoIPCStream(),
      ).schema;
      expect(said.fields.map(String)).toEqual(schema.fields.map(String));
      expect(said.metadata).toEqual(schema.metadata);
    },
  );

  it('are not Parquet where it would have another type, and nothing is left', async () => {
    const seconds = new Table({ at: vectorFromArray([1000], new TimestampSecond()) });
    const days = new Table({ day: vectorFromArray([new Date(0)], new DateMillisecond()) });
    const vector = new FixedSizeList(2, new Field('item', new Float32(), true));
    const vectors = new Table({ v: vectorFromArray([[1, 2], null], vector) });
    for (const [table, name] of [
      [seconds, 'at'],
      [days, 'day'],
      [vectors, 'v'],
    ] as const) {
      await expect(write('other.parquet', [table])).rejects.toMatchObject({
        code: 'LS_PARQUET_UNWRITABLE',
        message: expect.stringContaining(`\`${name}\``),
      });
    }
    expect(readdirSync(home.folder).filter((name) => name.startsWith('other'))).toEqual([]);
  });

  it('name what brings the Parquet writer down, and the next file is written', async () => {
    const encoder = await workerEncoder();
    // Has a dictionary of string views, on which parquet-wasm traps.
    const stream = new Uint8Array(readFileSync(`${TABLES}/polars-2.1.0.arrows`));
    await expect(encoder.write(stream)).rejects.toMatchObject({
      code: 'LS_PARQUET_UNWRITABLE',
      message: 'the Parquet writer failed: unreachable',
    });
    await encoder.stop();
    expect(await write('next.parquet', [numbers(1)])).toBe(1);
  });

  it('are not Parquet with fewer rows than were written', async () => {
    let calls = 0;
    const forgetful = async () => {
      const encoder = await workerEncoder();
      const lost = async () => new Uint8Array(0);
      return { ...encoder, write: (stream: Uint8Array) => (calls++ === 1 ? lost() : encoder.write(stream)) };
    };
    const table = numbers(1, 2);
    const writer = parquetWriter(table.schema, forgetful);
    for (const batch of [...table.batches, ...table.batches]) await writer.write(batch);
    await expect((async () => await writer.finish())()).rejects.toMatchObject({
      code: 'LS_PARQUET_UNWRITABLE',
      message: 'the writer took 4 rows, and its file has 2',
    });
    await writer.stop?.();
  });

  it('leave what was there, and nothing beside it, where reading them fails', async () => {
    await write('kept.csv', [numbers(7)]);
    async function* broken(): AsyncGenerator<RecordBatch> {
      yield* batchesOf([numbers(1)]);
      throw new Error('the second part is damaged');
    }
    await expect(writeJoined(at('kept.csv'), { schema: numbers(1).schema, batches: broken(), signal })).rejects.toThrow(
      'the second part is damaged',
    );
    expect(readFileSync(at('kept.csv'), 'utf8')).toBe('n\r\n7\r\n');
    expect(readdirSync(home.folder).filter((name) => name.startsWith('kept.'))).toEqual(['kept.csv']);
  });

  it.each(['all.txt', 'all', 'none/all.csv'])('are refused before anything is written: %s', async (name) => {
    await expect(write(name, [numbers(1)])).rejects.toMatchObject({ code: 'LS_USAGE' });
  });

  it('end where they are told to, and leave nothing', async () => {
    const stop = new AbortController();
    async function* batches() {
      yield* numbers(1).batches;
      stop.abort(new Error('told to stop'));
      yield* numbers(2).batches;
    }
    const table = { schema: numbers(1).schema, batches: batches(), signal: stop.signal };
    await expect(writeJoined(at('stopped.csv'), table)).rejects.toThrow('told to stop');
    expect(readdirSync(home.folder).filter((name) => name.startsWith('stopped'))).toEqual([]);
  });

  it('take away what a process that was killed left beside them, and nothing of one that lives', async () => {
    const drafts = [`swept.csv.${2 ** 22 + 1}.part`, `swept.csv.${process.ppid}.part`, `other.csv.${2 ** 22 + 1}.part`];
    for (const name of [...drafts, 'swept.csv.note.part']) writeFileSync(at(name), 'half');
    await write('swept.csv', [numbers(1)]);
    const left = readdirSync(home.folder).filter((name) => name.endsWith('.part'));
    expect(left.toSorted()).toEqual([drafts[2], drafts[1], 'swept.csv.note.part'].toSorted());
  });
});
