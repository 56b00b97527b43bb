/** Stage: turns the data source of the job into objects in S3, and says which rank reads which. */

import type { TrainingState } from '#core/training/state.ts';
import { stageData } from '#flows/training/stage-data.ts';
import { runtime } from './runtime.ts';

export const handler = (state: TrainingState): Promise<TrainingState> => stageData(state, runtime);
