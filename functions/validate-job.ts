/** Validate: refuses what cannot succeed before anything is paid for, and creates the gang. */
import { validateJob } from '#adapters/training/validate-job.ts';
import type { TrainingState } from '#core/job/workflow.ts';
import { runtime } from './runtime.ts';

export const handler = (state: TrainingState): Promise<TrainingState> => validateJob(state, runtime);
