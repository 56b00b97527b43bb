/** Stage: turns the data source of the job into objects in S3, and says which rank reads which. */

import { stageData } from '#flows/training/stage-data.ts';
import { parseState } from '#formats/training/parse-state.ts';
import { runtime } from './runtime.ts';

export const handler = (input: unknown) => stageData(runtime, parseState('stage', input));
