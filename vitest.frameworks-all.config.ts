import { defineConfig } from 'vitest/config';
import base from './vitest.frameworks.config.ts';

/** The same, with what takes longer. */
export default defineConfig({ test: { ...base.test, env: { LOCKSTEP_FRAMEWORKS: 'all' } } });
