import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import {
  Bool,
  DateDay,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  Int64,
  LargeList,
  LargeUtf8,
  Schema,
  Struct,
  Table,
  Utf8,
  Utf8View,
  vectorFromArray,
} from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { csvWriter, notCsv } from '#formats/csv/write-csv.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pair = new Struct([new Field('label', new Utf8(), true), new Field('score', new Float32(), true)]);
const table = new Table({
  id: vectorFromArray([9007199254740993n, -1n, null], new Int64()),
  name: vectorFromArray(['a "quoted", one', '', null], new Utf8()),
  kind: vectorFromArray(['x', 'line\nbreak', 'x'], new Dictionary(new Utf8(), new Int32())),
  right: vectorFromArray([true, false, null], new Bool()),
  value: vectorFromArray([0.1, Number.NaN, 1e300], new Float64()),
  x: vectorFromArray(
    [
      [1, 2],
      [0.5, -3],
      [0, 0],
    ],
    new FixedSizeList(2, new Field('item', new Float32(), false)),
  ),
  prediction: vectorFromArray(
    [
      { label: 'ä', score: 0.5 },
      { label: null, score: 0.25 },
      { label: '9', score: 1 },
    ],
    pair,
  ),
});

function csv(): string {
  const writer = csvWriter(table.schema);
  const chunks = [...writer.begin(), ...table.batches.flatMap((batch) => writer.write(batch)), ...writer.finish()];
  return Buffer.concat(chunks).toString('utf8');
}

describe('a table as CSV', () => {
  it('has texts of every form, and large lists', () => {
    const forms = new Table({
      view: vectorFromArray(['short', 'longer than what fits into a view', null], new Utf8View()),
      large: vectorFromArray(['a', '', null], new LargeUtf8()),
      list: vectorFromArray([[1n], [], null], new LargeList(new Field('item', new Int64(), true))),
    });
    expect(notCsv(forms.schema)).toBeUndefined();
    const writer = csvWriter(forms.schema);
    const lines = Buffer.concat(forms.batches.flatMap((batch) => writer.write(batch))).toString();
    expect(lines).toBe('short,a,[1]\r\nlonger than what fits into a view,"",[]\r\n,,\r\n');
  });

  it('has a column for each field of a struct, JSON for lists, and tells a null from an empty text', () => {
    expect(csv().split('\r\n')).toEqual([
      'id,name,kind,right,value,x,prediction.label,prediction.score',
      '9007199254740993,"a ""quoted"", one",x,true,0.1,"[1,2]",ä,0.5',
      '-1,"","line\nbreak",false,NaN,"[0.5,-3]",,0.25',
      ',,x,,1e+300,"[0,0]",9,1',
      '',
    ]);
  });

  it('is read back by DuckDB with every digit', async () => {
    const file = join(folder, 'table.csv');
    writeFileSync(file, csv());
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const types = "{'id': 'BIGINT', 'right': 'BOOLEAN', 'value': 'DOUBLE', 'prediction.score': 'FLOAT'}";
    const rows = await connection.runAndReadAll(
      `SELECT * FROM read_csv('${file}', header = true, nullstr = '', allow_quoted_nulls = false, types = ${types})`,
    );
    const [first, second, third] = rows.getRowObjects();
    expect(first).toMatchObject({
      id: 9007199254740993n,
      name: 'a "quoted", one',
      value: 0.1,
      'prediction.label': 'ä',
    });
    expect(second).toMatchObject({
      name: '',
      kind: 'line\nbreak',
      value: Number.NaN,
      'prediction.label': null,
      right: false,
    });
    expect(third).toMatchObject({ id: null, name: null, right: null, value: 1e300, 'prediction.score': 1 });
    connection.closeSync();
  });

  it('is refused for values that have no plain text, by the name of their column', () => {
    expect(notCsv(table.schema)).toBeUndefined();
    const day = new Struct([new Field('day', new DateDay(), false)]);
    expect(notCsv(new Schema([new Field('id', new Int32(), false), new Field('at', day, false)]))).toBe(
      'at.day: Date32<DAY>',
    );
  });
});
