import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The packages as people install them: packed, and installed in empty folders outside of the clone. */
export default defineConfig({
  test: {
    ...base.test,
    include: ['test/packages/**/*.test.ts'],
    exclude: [],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
