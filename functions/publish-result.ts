/** Publish: commits the result of the attempt that succeeded, then points `models/<name>/LATEST.json` at it. */

import type { TrainingState } from '#core/training/state.ts';
import { publishResult } from '#flows/training/publish-result.ts';
import { runtime } from './runtime.ts';

export const handler = (state: TrainingState): Promise<TrainingState> => publishResult(state, runtime);
