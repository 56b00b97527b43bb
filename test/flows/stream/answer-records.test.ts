/** What a stream answers, held against the rows themselves: the toy model's label and score follow from the id. */
import { tableFromIPC } from 'apache-arrow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnswersEntry } from '#core/stream/answers.ts';
import { batchesOf, batchOf, fileBytes, streamBytes } from '../../formats/arrow/files.ts';
import { expected } from '../inference/world.ts';
import { arrowOf, jsonOf, newRecord, newStreamJob, newStreamWorld } from './world.ts';

let world: Awaited<ReturnType<typeof newStreamWorld>>;
beforeEach(async () => {
  world = await newStreamWorld();
});
afterEach(() => world.close());

async function arrowRows(entry: AnswersEntry): Promise<Record<string, unknown>[]> {
  const table = tableFromIPC(await world.part(entry));
  return [...table].map((row) => ({ id: row?.id, ...(row?.prediction.toJSON() as object) }));
}

const predicted = (ids: readonly number[]) => ids.map((id) => ({ id, ...expected(id) }));

describe('a delivery', () => {
  it('answers Arrow as Arrow, in one part whose entry says whose rows are whose', async () => {
    const records = [
      newRecord('a', arrowOf(await fileBytes(batchesOf(2, 3)))),
      newRecord('b', arrowOf(await streamBytes([batchOf(5, 4)]))),
    ];
    expect(await world.answer(records)).toEqual([
      { state: 'answered', rows: 5 },
      { state: 'answered', rows: 4 },
    ]);
    const [entry, ...others] = await world.entries();
    expect(others).toEqual([]);
    expect(entry?.records).toEqual([
      { source: 'a', rows: 5 },
      { source: 'b', rows: 4 },
    ]);
    expect(await arrowRows(entry as AnswersEntry)).toEqual(predicted([0, 1, 2, 3, 4, 5, 6, 7, 8]));
  });

  it('answers JSON as JSON, with the rows as they came', async () => {
    const rows = { kind: 'rows', rows: [{ id: 5, who: { is: 'x' }, x: [5, 0, 0, 0] }] } as const;
    await world.answer([newRecord('a', rows)]);
    const [entry] = await world.entries();
    const part = new TextDecoder().decode(await world.part(entry as AnswersEntry));
    expect(
      part
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([{ ...rows.rows[0], prediction: { label: 0, score: 2 } }]);
  });

  it('reads an object that a record names, and pins it', async () => {
    const uri = 's3://data/in/a.arrow';
    const { etag } = await world.objects.put(uri, await fileBytes(batchesOf(3)));
    expect(await world.answer([newRecord('a', { kind: 'object', uri, etag })])).toEqual([
      { state: 'answered', rows: 3 },
    ]);
    const other = newRecord('b', { kind: 'object', uri, etag: '"another"' });
    expect(await world.answer([other])).toMatchObject([{ state: 'failed', failure: { code: 'LS_INPUT_CHANGED' } }]);
  });

  it('answers a record once, however often it is delivered, also twice at once', async () => {
    const record = newRecord('a', jsonOf(1, 7));
    expect(await world.answer([record, { ...record, id: 'again' }])).toEqual([
      { state: 'answered', rows: 2 },
      { state: 'answered', rows: 2 },
    ]);
    expect(await world.answer([record])).toEqual([{ state: 'repeated' }]);
    expect(await world.entries()).toHaveLength(1);
  });

  it('finds the record that makes a batch fail, and answers the others', async () => {
    const nulls = { kind: 'rows', rows: [{ id: 3, x: [3, 0, 0, 0] }, { id: 4 }] } as const;
    const records = [0, 1, 2, 3, 4, 5, 6].map((id) => newRecord(`r${id}`, id === 3 ? nulls : jsonOf(id, id)));
    const fates = await world.answer(records);
    expect(fates.map(({ state }) => state)).toEqual(records.map(({ id }) => (id === 'r3' ? 'failed' : 'answered')));
    expect(fates[3]).toMatchObject({ failure: { class: 'nullInput', code: 'LS_NULL_INPUT' } });
  });

  it('sets a record aside that failed as often as it may, whole, with its reason', async () => {
    const bad = newRecord('bad', arrowOf(Buffer.from('this is no Arrow file')), { whole: { body: 'as it came' } });
    for (const attempt of [1, 2]) {
      expect(await world.answer([bad]), `attempt ${attempt}`).toMatchObject([{ state: 'failed' }]);
      expect(await world.deadLetters()).toEqual([]);
    }
    expect(await world.answer([bad])).toMatchObject([{ state: 'dead' }]);
    expect(await world.deadLetters()).toMatchObject([
      { source: 'bad', class: 'decode', code: 'LS_ARROW_CORRUPT', attempt: 3, record: { body: 'as it came' } },
    ]);
    expect(await world.answer([bad])).toEqual([{ state: 'repeated' }]);
  });

  it('counts what its service counts, so that a record that ends its process is set aside too', async () => {
    const bad = newRecord('bad', arrowOf(Buffer.from('no Arrow at all')), { receives: 3 });
    expect(await world.answer([bad])).toMatchObject([{ state: 'dead' }]);
  });

  it('never sets aside what a service is to blame for', async () => {
    const away = { ...world.ports.answers, stage: () => Promise.reject(new Error('S3 is away')) };
    for (let n = 0; n < 5; n++) {
      expect(await world.answer([newRecord('a', jsonOf(1))], newStreamJob(), { answers: away })).toMatchObject([
        { state: 'failed', failure: { class: 'infrastructure' } },
      ]);
    }
    expect(await world.answer([newRecord('a', jsonOf(1))])).toEqual([{ state: 'answered', rows: 1 }]);
  });

  it('leaves what comes behind a failed record of its group for later, and other groups alone', async () => {
    const bad = arrowOf(Buffer.from('this is no Arrow file'));
    const records = [
      newRecord('a1', jsonOf(1), { group: 'a' }),
      newRecord('a2', bad, { group: 'a' }),
      newRecord('b1', jsonOf(2), { group: 'b' }),
      newRecord('a3', jsonOf(3), { group: 'a' }),
      newRecord('free', jsonOf(4)),
    ];
    const states = async () => (await world.answer(records)).map(({ state }) => state);
    expect(await states()).toEqual(['answered', 'failed', 'answered', 'behind', 'answered']);
    expect(await states()).toEqual(['repeated', 'failed', 'repeated', 'behind', 'repeated']);
    expect(await states()).toEqual(['repeated', 'dead', 'repeated', 'answered', 'repeated']);
  });

  it('refuses what is larger than a record may be', async () => {
    const job = newStreamJob({ limits: { ...newStreamJob().limits, recordBytes: 1024 } });
    const large = newRecord('a', arrowOf(await fileBytes(batchesOf(200))));
    expect(await world.answer([large], job)).toMatchObject([
      { failure: { code: 'LS_RECORD_TOO_LARGE', class: 'size' } },
    ]);
  });
});
