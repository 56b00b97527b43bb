import { tableFromIPC } from '@uwdata/flechette';
import { Dictionary, Field, Int32, type RecordBatch, Schema, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { arrowFileBytes, PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { outputShape } from '#formats/arrow/write/prediction.ts';
import { batchShape } from '#formats/arrow/write/prediction-batch.ts';
import { batchesOf, SCHEMA } from '../files.ts';
import { LABEL_AND_SCORE } from '../label-and-score.ts';

/** Writes batches with label = 2 · row and score = row / 2, numbered within each batch. */
function write(
  batches: readonly RecordBatch[],
  {
    keep,
    schema = SCHEMA,
    buffer = new PartBuffer(16),
  }: {
    keep?: readonly string[];
    schema?: Schema;
    buffer?: PartBuffer;
  } = {},
) {
  const columns = schema.fields.filter(({ name }) => keep?.includes(name) ?? true);
  const provenance = { 'lockstep.run': 'r1' };
  const output = outputShape(schema, { columns, as: 'prediction', fields: LABEL_AND_SCORE, provenance });
  const predicted = batches.map((batch) => {
    const rows = Array.from({ length: batch.numRows }, (_, i) => i);
    const [labels, scores] = [Int32Array.from(rows, (i) => 2 * i), Float32Array.from(rows, (i) => i / 2)];
    return output.withPredictions(batch, batchShape(LABEL_AND_SCORE)(batch.numRows, [labels, scores]));
  });
  return arrowFileBytes(output.schema, predicted, buffer);
}

describe('a part', () => {
  it('is read by another implementation, with every column, null and prediction', () => {
    const bytes = write(batchesOf(3, 0, 5));
    const table = tableFromIPC(Uint8Array.from(bytes));
    expect(table.numRows).toBe(8);
    expect(table.names).toEqual(['id', 'name', 'x', 'prediction']);
    expect(table.at(7)).toMatchObject({ id: 7, name: 'row 7', prediction: { label: 8, score: 2 } });
    expect([...table.at(7).x]).toEqual([7, 7.25, 7.5, 7.75]);
    expect(table.at(6).name).toBeNull();
    expect(table.schema.metadata?.get('lockstep.run')).toBe('r1');
  });

  it('is a valid file where there was nothing to predict', () => {
    const bytes = write([]);
    const table = tableFromIPC(Uint8Array.from(bytes));
    expect([table.numRows, table.names]).toEqual([0, ['id', 'name', 'x', 'prediction']]);
  });

  it('refuses a batch of another schema, with which apache-arrow would end the file without a word', () => {
    const [batch] = batchesOf(3) as [RecordBatch];
    const other = batch.select(['id', 'name']);
    expect(() => arrowFileBytes(SCHEMA, [batch, other], new PartBuffer(16))).toThrow(
      /every batch of a part has its schema/,
    );
    expect(tableFromIPC(Uint8Array.from(arrowFileBytes(SCHEMA, [batch, batch], new PartBuffer(16)))).numRows).toBe(6);
  });

  it('is as long as its values: never compressed, which apache-arrow does in a way that others cannot read', () => {
    const zeros = new Table({ zero: vectorFromArray(new Int32Array(100_000)) });
    const bytes = arrowFileBytes(zeros.schema, zeros.batches, new PartBuffer(16));
    expect(bytes.length).toBeGreaterThan(400_000);
    expect(tableFromIPC(Uint8Array.from(bytes)).numRows).toBe(100_000);
  });

  it('holds the rows of slices, with their nulls where they belong', () => {
    const bytes = write(batchesOf(20).map((batch) => batch.slice(5, 18)));
    const table = tableFromIPC(Uint8Array.from(bytes));
    expect([...table.getChild('id')]).toEqual(Array.from({ length: 13 }, (_, i) => i + 5));
    expect([...table.getChild('name')]).toEqual(
      Array.from({ length: 13 }, (_, i) => ((i + 5) % 3 ? `row ${i + 5}` : null)),
    );
  });

  it('keeps dictionaries, one for all batches', () => {
    const type = new Dictionary(new Utf8(), new Int32());
    const word = vectorFromArray(['a', 'b', 'a'], type);
    const schema = new Schema([new Field('word', type, true)]);
    const [batch] = new Table(schema, { word }).batches as [RecordBatch];
    const bytes = write([batch, batch], { schema });
    expect([...tableFromIPC(Uint8Array.from(bytes)).getChild('word')]).toEqual(['a', 'b', 'a', 'a', 'b', 'a']);
  });

  it('keeps the columns that are named, in the order of the data', () => {
    const bytes = write(batchesOf(2), { keep: ['x', 'id'] });
    expect(tableFromIPC(Uint8Array.from(bytes)).names).toEqual(['id', 'x', 'prediction']);
  });

  it('is written to the same memory as the one before, which does not shine through', () => {
    const buffer = new PartBuffer(16);
    const long = Uint8Array.from(write(batchesOf(50), { buffer }));
    const short = write(batchesOf(2), { buffer });
    expect(tableFromIPC(Uint8Array.from(short)).numRows).toBe(2);
    expect(Uint8Array.from(write(batchesOf(50), { buffer }))).toEqual(long);
  });
});
