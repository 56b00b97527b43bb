/** Publish: commits the result of the attempt that succeeded, then points `models/<name>/LATEST.json` at it. */

import { publishResult } from '#flows/training/publish-result.ts';
import { parseState } from '#formats/training/parse-state.ts';
import { runtime } from './runtime.ts';

export const handler = (input: unknown) => publishResult(runtime, parseState('publish', input));
