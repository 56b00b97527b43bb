import { tableFromIPC } from '@uwdata/flechette';
import { Dictionary, Field, Int32, type RecordBatch, Schema, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { newPart, PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { outputShape } from '#formats/arrow/write/prediction.ts';
import { batchShape } from '#formats/arrow/write/prediction-batch.ts';
import { batchesOf, SCHEMA } from '../files.ts';
import { LABEL_AND_SCORE } from '../label-and-score.ts';

/** Writes batches with label = 2 · row and score = row / 2, numbered within each batch. */
async function write(
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
  const part = newPart(output.schema, buffer);
  for (const batch of batches) {
    const rows = Array.from({ length: batch.numRows }, (_, i) => i);
    const [labels, scores] = [Int32Array.from(rows, (i) => 2 * i), Float32Array.from(rows, (i) => i / 2)];
    part.write(output.withPredictions(batch, batchShape(LABEL_AND_SCORE)(batch.numRows, [labels, scores])));
  }
  return part.finish();
}

describe('a part', () => {
  it('is read by another implementation, with every column, null and prediction', async () => {
    const { bytes, rows } = await write(batchesOf(3, 0, 5));
    expect(rows).toBe(8);
    const table = tableFromIPC(Uint8Array.from(bytes));
    expect(table.numRows).toBe(8);
    expect(table.names).toEqual(['id', 'name', 'x', 'prediction']);
    expect(table.at(7)).toMatchObject({ id: 7, name: 'row 7', prediction: { label: 8, score: 2 } });
    expect([...table.at(7).x]).toEqual([7, 7.25, 7.5, 7.75]);
    expect(table.at(6).name).toBeNull();
    expect(table.schema.metadata?.get('lockstep.run')).toBe('r1');
  });

  it('is a valid file where there was nothing to predict', async () => {
    const { bytes, rows } = await write([]);
    expect(rows).toBe(0);
    const table = tableFromIPC(Uint8Array.from(bytes));
    expect([table.numRows, table.names]).toEqual([0, ['id', 'name', 'x', 'prediction']]);
  });

  it('holds the rows of slices, with their nulls where they belong', async () => {
    const { bytes } = await write(batchesOf(20).map((batch) => batch.slice(5, 18)));
    const table = tableFromIPC(Uint8Array.from(bytes));
    expect([...table.getChild('id')]).toEqual(Array.from({ length: 13 }, (_, i) => i + 5));
    expect([...table.getChild('name')]).toEqual(
      Array.from({ length: 13 }, (_, i) => ((i + 5) % 3 ? `row ${i + 5}` : null)),
    );
  });

  it('keeps dictionaries, one for all batches', async () => {
    const type = new Dictionary(new Utf8(), new Int32());
    const word = vectorFromArray(['a', 'b', 'a'], type);
    const schema = new Schema([new Field('word', type, true)]);
    const [batch] = new Table(schema, { word }).batches as [RecordBatch];
    const { bytes } = await write([batch, batch], { schema });
    expect([...tableFromIPC(Uint8Array.from(bytes)).getChild('word')]).toEqual(['a', 'b', 'a', 'a', 'b', 'a']);
  });

  it('keeps the columns that are named, in the order of the data', async () => {
    const { bytes } = await write(batchesOf(2), { keep: ['x', 'id'] });
    expect(tableFromIPC(Uint8Array.from(bytes)).names).toEqual(['id', 'x', 'prediction']);
  });

  it('is written to the same memory as the one before, which does not shine through', async () => {
    const buffer = new PartBuffer(16);
    const long = await write(batchesOf(50), { buffer });
    const first = long.sha256;
    const short = await write(batchesOf(2), { buffer });
    expect(tableFromIPC(Uint8Array.from(short.bytes)).numRows).toBe(2);
    expect((await write(batchesOf(50), { buffer })).sha256).toBe(first);
  });

  it('refuses to grow beyond what one request can write', async () => {
    const buffer = new PartBuffer(16, 4096);
    await expect(write(batchesOf(500), { buffer })).rejects.toMatchObject({
      code: 'LS_PART_TOO_LARGE',
      message: expect.stringMatching(/a part of at least \d+ bytes, at most 4096 are written/),
    });
  });
});
