/** Validate: refuses what cannot succeed before anything is paid for, and creates the gang. */

import type { TrainingState } from '#core/training/state.ts';
import { validateJob } from '#flows/training/validate-job.ts';
import { runtime } from './runtime.ts';

export const handler = (state: TrainingState): Promise<TrainingState> => validateJob(state, runtime);
