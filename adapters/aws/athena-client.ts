/** The client of Athena, see clients.ts. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { answeredWithin } from './clients.ts';
import { sayingUnavailable } from './unavailable.ts';

export const athena = (): AthenaClient =>
  sayingUnavailable(new AthenaClient({ ...answeredWithin(30_000), maxAttempts: 5 }), 'Athena');
