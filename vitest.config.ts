import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/slow/**', 'test/frameworks/**', 'test/browser/**', 'test/packages/**', 'node_modules/**'],
    expect: { requireAssertions: true },
    pool: 'forks',
    // Most of a run is spent waiting for processes, so both cores of a small machine get a worker.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/closing-line-reporter.ts'],
  },
});
