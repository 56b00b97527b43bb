/**
 * Files of other writers, held against what pyarrow reads from them (test/fixtures/tables says how they were made). They
 * differ in padding, in whether and how the schema precedes the footer, in compression and in the types that they have.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tableValues } from './plain-values.ts';
import { partOf, readAll } from './read-all.ts';

const FOLDER = 'test/fixtures/tables';
const VALUES = JSON.parse(readFileSync(`${FOLDER}/arrow-values.json`, 'utf8'));
const FILES = readdirSync(FOLDER).filter((name) => /\.arrows?$/.test(name));

describe.each(FILES)('%s', (name) => {
  const bytes = new Uint8Array(readFileSync(`${FOLDER}/${name}`));

  it('is read as pyarrow reads it', async () => {
    expect(tableValues(await readAll(bytes))).toEqual(VALUES[name]);
  });

  it('keeps every value in a part', async () => {
    const { prediction, ...kept } = tableValues(await readAll(partOf(await readAll(bytes))));
    expect(kept).toEqual(VALUES[name]);
    expect(prediction).toHaveLength(7);
  });
});

it('has files of every writer', () => {
  expect([...new Set(FILES.map((name) => name.split('-')[0]))].sort()).toEqual(['arro3', 'polars', 'pyarrow']);
  expect(Object.keys(VALUES).sort()).toEqual([...FILES].sort());
});
