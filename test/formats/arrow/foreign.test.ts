/**
 * Files that another implementation wrote (test/fixtures/README.md says how): types, dictionaries, nulls and layout as
 * others write them.
 */
import { readFileSync } from 'node:fs';
import { columnFromArray, float32, tableFromColumns, tableFromIPC, tableToIPC } from '@uwdata/flechette';
import { describe, expect, it } from 'vitest';
import { arrowFileBytes, PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { outputShape } from '#formats/arrow/write/prediction.ts';
import { batchShape } from '#formats/arrow/write/prediction-batch.ts';
import { LABEL_AND_SCORE } from './label-and-score.ts';
import { readAll } from './read-all.ts';

describe.each(['arrow', 'arrows'])('a file of every kind of column (%s)', (ending) => {
  const bytes = new Uint8Array(readFileSync(`test/fixtures/flechette-2.6.0-kinds.${ending}`));

  it('is read with every value', async () => {
    const [batch] = await readAll(bytes);
    expect(batch?.get(5)?.toJSON()).toMatchObject({ id: 5, big: 9007199254740993n, flag: true, word: 'a', note: 'é' });
    expect([...(batch?.getChild('word') ?? [])]).toEqual(['a', 'b', 'a', null, 'c', 'a']);
    expect([...(batch?.getChild('list')?.get(5) ?? [])]).toEqual([5, 6]);
    expect(batch?.getChild('list')?.get(3)).toBeNull();
    expect(batch?.getChild('pair')?.get(4)?.toJSON()).toEqual({ a: 5, b: null });
    expect([...(batch?.getChild('x')?.get(2) ?? [])]).toEqual([2, 2.5]);
  });

  it('goes through to the output unchanged, as the other implementation sees it', async () => {
    const [batch] = await readAll(bytes);
    if (!batch) throw new Error('no batch');
    const columns = batch.schema.fields.map(({ name, nullable }) => ({ name, nullable }));
    const output = outputShape(batch.schema, { columns, as: 'prediction', fields: LABEL_AND_SCORE, provenance: {} });
    const predictions = batchShape(LABEL_AND_SCORE)(6, [Int32Array.of(0, 1, 2, 3, 4, 5), new Float32Array(6)]);
    const part = arrowFileBytes(output.schema, [output.withPredictions(batch, predictions)], new PartBuffer());
    const written = tableFromIPC(Uint8Array.from(part), { useBigInt: true });
    const original = tableFromIPC(bytes, { useBigInt: true });
    for (const name of original.names) {
      expect([...written.getChild(name)], name).toEqual([...original.getChild(name)]);
    }
    expect(written.at(3).prediction).toEqual({ label: 3, score: 0 });
  });

  it('gives an error or every row, wherever it is cut off', async () => {
    for (let length = 0; length < bytes.length; length += 3) {
      const result = await readAll(bytes.subarray(0, length)).catch((error: unknown) => error);
      expect(result, `cut after ${length} of ${bytes.length} bytes`).toMatchObject({ code: 'LS_ARROW_CORRUPT' });
    }
  });
});

describe('a file with a schema that is longer than what is read first', () => {
  it('is read whole', async () => {
    const column = (i: number) => [`column number ${i} of a very wide table`, columnFromArray([i, i + 1], float32())];
    const wide = tableFromColumns(Object.fromEntries(Array.from({ length: 1500 }, (_, i) => column(i))));
    const bytes = tableToIPC(wide, { format: 'file' }) as Uint8Array;
    expect(bytes.length).toBeGreaterThan(200_000);
    const [batch] = await readAll(bytes);
    expect([batch?.numRows, batch?.numCols, batch?.getChildAt(1499)?.get(1)]).toEqual([2, 1500, 1500]);
  });
});
