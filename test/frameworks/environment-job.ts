import { TRAIN_LIMITS } from '#core/job/defaults.ts';
import type { PythonSpec, TrainJob } from '#core/job/job.ts';

/** A job of which only its Python environment counts. */
export const jobWith = (python: PythonSpec, formTimeoutS = 300): TrainJob => ({
  ...{ kind: 'train', name: 'environment', publish: 'environment' },
  gang: {
    ...{ hosts: 1, tasksPerHost: 1, perTask: { gpu: 0 }, priority: 0 },
    ...{ instanceTypes: [], zones: [], markets: [] },
  },
  task: { command: ['true'], env: {}, python },
  limits: { ...TRAIN_LIMITS, formTimeoutS },
});
