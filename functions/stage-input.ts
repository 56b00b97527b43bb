/** Stage: lets the warehouse run the query of an inference job, whose rows Plan then divides. */
import type { StageInput } from '#core/inference/state.ts';
import { stageInput } from '#flows/inference/stage-input.ts';
import { runtime } from './runtime.ts';

export const handler = (input: StageInput) => stageInput(runtime, input);
