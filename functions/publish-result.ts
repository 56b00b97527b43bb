/** Publish: commits the result of the attempt that succeeded, then points `models/<name>/LATEST.json` at it. */
import { publishResult } from '#adapters/training/publish-result.ts';
import type { TrainingState } from '#core/job/workflow.ts';
import { runtime } from './runtime.ts';

export const handler = (state: TrainingState): Promise<TrainingState> => publishResult(state, runtime);
