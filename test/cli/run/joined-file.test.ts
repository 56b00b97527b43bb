import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from '@uwdata/flechette';
import {
  Dictionary,
  Int32,
  type RecordBatch,
  type Schema,
  Table,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { afterAll, describe, expect, it } from 'vitest';
import { writeJoined } from '../../../cli/run/joined-file.ts';
import { testHome } from '../command-context.ts';

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

  it.each(['all.parquet', 'all', 'none/all.csv'])('are refused before anything is written: %s', async (name) => {
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
