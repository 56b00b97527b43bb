import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planFiles } from '../../../localstack/embedded/athena/file-plan.ts';

const MIB = 1024 * 1024;

test.each([
  { name: 'one row', rows: 1, bytes: 100, files: 1, rowsPerGroup: 122_880 },
  { name: 'a small result, over all workers', rows: 10_000, bytes: 800, files: 8, rowsPerGroup: 20_480 },
  { name: 'a hundred rows, over all workers', rows: 128, bytes: 20, files: 8, rowsPerGroup: 122_880 },
  { name: 'a large one, in files of 64 MiB', rows: 1_000_000, bytes: 3200, files: 48, rowsPerGroup: 4096 },
  { name: 'rows of a megabyte', rows: 100, bytes: MIB, files: 7, rowsPerGroup: 2048 },
])('$name', ({ rows, bytes, files, rowsPerGroup }) => {
  const plan = planFiles(rows, bytes);
  expect(Math.ceil(rows / plan.rowsPerFile)).toBe(files);
  expect(plan.rowsPerGroup).toBe(rowsPerGroup);
});

test('no file is larger than 64 MiB by more than a row, and a group than 16 MiB by more than a vector', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000_000 }),
      fc.double({ min: 1, max: 1e6, noNaN: true }),
      (rows, bytes) => {
        const { rowsPerFile, rowsPerGroup } = planFiles(rows, bytes);
        expect(rowsPerFile).toBeGreaterThanOrEqual(1);
        expect((rowsPerFile - 1) * bytes).toBeLessThanOrEqual(64 * MIB);
        expect((rowsPerGroup - 2048) * bytes).toBeLessThanOrEqual(16 * MIB);
      },
    ),
  );
});
