import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** Pages in a real browser; skipped, with a line that says so, where there is no Chromium. */
export default defineConfig({
  test: {
    ...base.test,
    include: ['test/browser/**/*.test.ts'],
    exclude: [],
    fileParallelism: false,
    expect: { ...base.test?.expect, poll: { timeout: 10_000 } },
  },
});
