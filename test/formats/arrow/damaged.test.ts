/** Damaged files: an error by name, or as many rows as there were, all of which another reader takes from our part. */
import { readdirSync, readFileSync } from 'node:fs';
import { tableFromIPC } from '@uwdata/flechette';
import { describe, expect, it } from 'vitest';
import { damaged, seeded } from '../fuzz/damage.ts';
import { tableValues } from './plain-values.ts';
import { partOf, readAll } from './read-all.ts';

const FOLDER = 'test/fixtures/tables';
const FILES = readdirSync(FOLDER).filter((name) => /\.arrows?$/.test(name));
const ROWS = 7;
const TIMES = 150;

describe.each(FILES)('%s', (name) => {
  const whole = new Uint8Array(readFileSync(`${FOLDER}/${name}`));

  it(`gives an error by name or every row, damaged in ${TIMES} ways`, async () => {
    let refused = 0;
    for (let seed = 0; seed < TIMES; seed++) {
      const bytes = damaged(whole, seeded(seed));
      const result = await readAll(bytes).catch((error: unknown) => error);
      if (Array.isArray(result)) {
        const columns = Object.values(tableValues(result));
        expect(new Set(columns.map((values) => values.length)), `seed ${seed}`).toEqual(new Set([ROWS]));
        expect(tableFromIPC(partOf(result)).numRows, `seed ${seed}`).toBe(ROWS);
      } else {
        refused++;
        expect((result as { code: string }).code, `seed ${seed}: ${(result as Error).stack}`).toMatch(/^LS_ARROW_/);
      }
    }
    expect(refused).toBeGreaterThan(TIMES / 3);
  });
});
