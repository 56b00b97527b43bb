/** Validate: refuses what cannot succeed before anything is paid for, and creates the gang. */

import { validateJob } from '#flows/training/validate-job.ts';
import { parseStart } from '#formats/training/parse-state.ts';
import { runtime } from './runtime.ts';

export const handler = (input: unknown) => validateJob(runtime, parseStart(input));
