import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/slow/**', 'test/frameworks/**', 'test/browser/**', 'test/packages/**', 'node_modules/**'],
    // Runs have state folders of their own; what is built from the sources is the same for all of them.
    env: { LOCKSTEP_CACHE: join(tmpdir(), 'lockstep-tests', 'cache') },
    globalSetup: ['./test/scratch.ts'],
    expect: { requireAssertions: true },
    pool: 'forks',
    // Most of a run is spent waiting for processes, so both cores of a small machine get a worker.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/closing-line-reporter.ts'],
  },
});
