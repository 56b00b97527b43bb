import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Suites that take minutes: whole runs with real kills, signals and damaged input, pages followed to the letter. One at a time, on 2 cores. */
export default defineConfig({
  test: {
    ...base.test,
    include: ['test/e2e/slow/**/*.test.ts'],
    exclude: [],
    fileParallelism: false,
    testTimeout: 180_000,
  },
});
