/** Stage: turns the data source of the job into objects in S3, and says which rank reads which. */
import { stageData } from '#adapters/training/stage-data.ts';
import type { TrainingState } from '#core/job/workflow.ts';
import { runtime } from './runtime.ts';

export const handler = (state: TrainingState): Promise<TrainingState> => stageData(state, runtime);
