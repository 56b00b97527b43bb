import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { PACKAGE } from '../python/python.ts';
import { installed, isMissing } from './training.ts';

interface OfRank {
  readonly rows: number;
  /** Batches an epoch, and the lengths that occur. */
  readonly drop_last: [number, number[]];
  readonly pad: [number, number[]];
  readonly join: [number, number[]];
  readonly refused: [string, string];
}

test.skipIf(isMissing('torch'))(
  'batches are the same whatever the workers, from any place of any epoch, and as many on every rank if asked',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-data-'));
    const program = join(import.meta.dirname, 'fixtures', 'data.py');
    const env = { ...process.env, PYTHONPATH: PACKAGE, PYTHONDONTWRITEBYTECODE: '1' };
    const { stdout } = await promisify(execFile)(join(installed.bin, 'python3'), [program, folder], { env });
    rmSync(folder, { recursive: true });
    const { ranks, nulls, divided } = JSON.parse(stdout) as { ranks: OfRank[]; nulls: unknown; divided: number[][] };
    expect(ranks.map(({ rows }) => rows).toSorted()).toEqual([19, 20, 21]);
    for (const rank of ranks) {
      expect(rank.drop_last).toEqual([4, [4]]);
      expect(rank.pad).toEqual([6, [4]]);
      expect(rank.join[0]).toBe(Math.ceil(rank.rows / 4));
      expect(rank.refused).toEqual([
        'LS_DATA_TOO_FEW',
        expect.stringMatching(/has 19 rows, fewer than one batch of 20/),
      ]);
    }
    // One file of 19 rows for five ranks: every row is somebody's, once.
    expect(divided.map((ids) => ids.length).toSorted()).toEqual([3, 4, 4, 4, 4]);
    expect(divided.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 19 }, (_, index) => 21 + index));
    expect(nulls).toEqual(['LS_ARROW_UNSUPPORTED', expect.stringContaining('a null is never taken for a zero')]);
  },
);
