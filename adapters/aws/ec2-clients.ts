/** Clients of EC2, see clients.ts. */
import { EC2Client } from '@aws-sdk/client-ec2';
import { answeredWithin } from './clients.ts';
import { sayingUnavailable } from './unavailable.ts';

/** For everything but launches. */
export const ec2 = (): EC2Client =>
  sayingUnavailable(new EC2Client({ ...answeredWithin(30_000), maxAttempts: 6 }), 'EC2');

/**
 * One attempt, and errors as they are: the caller classifies them. EC2 reports a lack of capacity as a server error,
 * which the SDK would otherwise ask for again and again.
 */
export const ec2Launch = (): EC2Client => new EC2Client({ ...answeredWithin(120_000), maxAttempts: 1 });
