import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Real programs of other people's frameworks, in a virtual environment that the suite makes. One at a time. */
export default defineConfig({
  test: {
    ...base.test,
    include: ['test/frameworks/**/*.test.ts'],
    exclude: [],
    globalSetup: ['./test/scratch.ts', 'test/frameworks/install.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
  },
});
