import {
  Bool,
  DateDay,
  Dictionary,
  Field,
  Float16,
  Float32,
  Float64,
  Int32,
  type RecordBatch,
  Schema,
  Table,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import { locateTable } from '#formats/table/formats.ts';
import { batchesOf, fileBytes, streamBytes } from './files.ts';
import { readAll } from './read-all.ts';

const URI = 's3://data/in.arrow';

const ids = (batches: readonly RecordBatch[]) => batches.flatMap((batch) => [...(batch.getChild('id') ?? [])]);
const range = (rows: number) => Array.from({ length: rows }, (_, i) => i);

describe.each([
  ['file', fileBytes],
  ['stream', streamBytes],
] as const)('reading an Arrow %s', (_format, encode) => {
  it('yields every batch in order, with every value', async () => {
    const batches = await readAll(await encode(batchesOf(3, 1, 5)));
    expect(batches.map((batch) => batch.numRows)).toEqual([3, 1, 5]);
    expect(ids(batches)).toEqual(range(9));
    expect(batches[2]?.get(4)?.toJSON()).toMatchObject({ id: 8, name: 'row 8' });
    expect([...(batches[2]?.getChild('x')?.get(4) ?? [])]).toEqual([8, 8.25, 8.5, 8.75]);
    expect(batches[1]?.getChild('name')?.get(0)).toBeNull();
  });

  it('reads a file without record batches as no rows, and an empty batch as one of no rows', async () => {
    expect(await readAll(await encode([]))).toEqual([]);
    expect((await readAll(await encode(batchesOf(0, 2)))).map((batch) => batch.numRows)).toEqual([0, 2]);
  });

  it.each([new Float16(), new Float32(), new Float64(), new DateDay(), new TimestampMicrosecond(), new Bool()])(
    'reads a single column of %s, whose description is the last thing in the schema',
    async (type) => {
      const { batches } = new Table({ only: vectorFromArray([1, 0, 1], type as Float32) });
      expect((await readAll(await encode(batches))).map((batch) => batch.numRows)).toEqual([3]);
    },
  );

  it('keeps one dictionary for all batches, so that they can be written to a file again', async () => {
    const type = new Dictionary(new Utf8(), new Int32());
    const word = vectorFromArray(['a', 'b', 'a'], type);
    const schema = new Schema([new Field('word', type, true)]);
    const [batch] = new Table(schema, { word }).batches as [RecordBatch];
    const batches = await readAll(await encode([batch, batch]));
    expect(batches.flatMap((each) => [...(each.getChild('word') ?? [])])).toEqual(['a', 'b', 'a', 'a', 'b', 'a']);
    expect((await readAll(await fileBytes(batches))).map((each) => each.numRows)).toEqual([3, 3]);
  });

  it('gives an error or every row, wherever the object is cut off', async () => {
    const whole = await encode(batchesOf(3, 2));
    for (let length = 0; length < whole.length; length++) {
      const result = await readAll(whole.subarray(0, length)).catch((error: unknown) => error);
      expect(result, `cut after ${length} of ${whole.length} bytes`).toMatchObject({ code: 'LS_ARROW_CORRUPT' });
    }
    expect(ids(await readAll(whole))).toEqual(range(5));
  });

  it('gives an error or every row, whichever byte is damaged', async () => {
    const whole = await encode(batchesOf(3, 2));
    let refused = 0;
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const damaged = Uint8Array.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        const result = await readAll(damaged).catch((error: unknown) => error);
        if (Array.isArray(result)) {
          const rows = result.reduce((sum, batch) => sum + batch.numRows, 0);
          expect(rows, `byte ${at} ^ ${flip}`).toBe(5);
        } else {
          expect((result as { code: string }).code, `byte ${at} ^ ${flip}: ${result}`).toMatch(/^LS_ARROW_/);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(whole.length / 4);
  });

  it('reads columns as views of what was fetched, without a copy', async () => {
    const objects = memoryObjects();
    const fetched = new Set<ArrayBufferLike>();
    const get: Objects['get'] = async (uri, at) => {
      const body = await objects.get(uri, at);
      fetched.add(body.bytes.buffer);
      return body;
    };
    const [batch] = await readAll(await encode(batchesOf(1000)), { ...objects, get });
    expect(fetched).toContain(batch?.data.children[2]?.children[0]?.values.buffer);
  });
});

describe('locateTable', () => {
  it.each([
    ['an empty object', new Uint8Array(0), /0 bytes are too few/],
    [
      'text',
      new TextEncoder().encode('id,label\n1,2\n3,4\n'),
      /expected an Arrow IPC file or stream or a Parquet file/,
    ],
    ['a beginning of Parquet', new TextEncoder().encode('PAR1 and something else'), /does not end with it/],
    ['a file with an absurd footer length', absurdFooter(), /a footer of 2147483647 bytes does not fit/],
  ])('refuses %s and says what it got', async (_name, bytes, message) => {
    await expect(readAll(bytes)).rejects.toThrow(message);
  });

  it("says what is wrong with a file whose end is another file's, a stream of two streams and one without its end", async () => {
    const file = await fileBytes(batchesOf(3));
    await expect(readAll(file.subarray(0, file.length - 1))).rejects.toThrow(
      /starts with ARROW1 but does not end with it/,
    );
    const stream = await streamBytes(batchesOf(3, 2));
    const open = stream.subarray(0, stream.length - 8);
    await expect(readAll(open)).rejects.toThrow(/cut off: the stream has no end marker/);
    await expect(readAll(Uint8Array.from([...open, ...stream]))).rejects.toThrow(/unexpected schema message at byte/);
    await expect(readAll(open.subarray(0, open.length - 8))).rejects.toThrow(/cut off within the message at byte/);
  });

  it('refuses a stream that changes a dictionary between its record batches', async () => {
    const type = new Dictionary(new Utf8(), new Int32(), 1);
    const schema = new Schema([new Field('word', type, true)]);
    const batches = [
      ['a', 'b'],
      ['c', 'd'],
    ].map((words) => new Table(schema, { word: vectorFromArray(words, type) }).batches[0] as RecordBatch);
    const error = await readAll(await streamBytes(batches)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'LS_ARROW_UNSUPPORTED',
      message: expect.stringMatching(/changes a dictionary/),
    });
  });

  it('refuses a file whose footer does not list a batch that is there', async () => {
    const [one, two] = [await fileBytes(batchesOf(3)), await fileBytes(batchesOf(3, 200))];
    const length = (bytes: Uint8Array) => new DataView(bytes.buffer).getInt32(bytes.length - 10, true);
    const body = two.subarray(0, two.length - 10 - length(two));
    const footer = one.subarray(one.length - 10 - length(one));
    await expect(readAll(Uint8Array.from([...body, ...footer]))).rejects.toThrow(
      /the footer does not list the record batch at byte/,
    );
  });

  it('refuses an object that was overwritten after its head was read', async () => {
    const objects = memoryObjects();
    await objects.put(URI, await fileBytes(batchesOf(3)));
    const head = (await objects.head(URI)) as ObjectHead;
    await objects.put(URI, await fileBytes(batchesOf(4)));
    await expect(locateTable({ objects, parquet: workerDecoder() }, head)).rejects.toMatchObject({
      code: 'LS_INPUT_CHANGED',
    });
  });
});

function absurdFooter(): Uint8Array {
  const bytes = new Uint8Array(64);
  bytes.set(new TextEncoder().encode('ARROW1'), 0);
  bytes.set(new TextEncoder().encode('ARROW1'), 58);
  new DataView(bytes.buffer).setInt32(54, 0x7fffffff, true);
  return bytes;
}
