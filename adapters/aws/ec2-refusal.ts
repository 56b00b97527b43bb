import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { classify } from '#core/fleet/classify.ts';
import type { LaunchResult } from '#core/fleet/records.ts';

type Refused = Extract<LaunchResult, { ok: false }>;

/**
 * An error of a launch as a value. No answer at all is `transient`: the launch may have happened, and the same token
 * will tell.
 */
export function refusalOf(error: unknown): Refused {
  if (error instanceof EC2ServiceException) {
    return { ok: false, failure: classify(error.name), code: error.name, message: error.message };
  }
  if (!(error instanceof Error)) throw error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { ok: false, failure: 'transient', code, message: error.message };
}

export const isNotFound = (error: unknown): boolean =>
  error instanceof EC2ServiceException && error.name.startsWith('InvalidInstanceID.NotFound');
