import { randomBytes } from 'node:crypto';
import type { Ids } from '#core/system/ports.ts';

const TIME_DIGITS = 9;

/** Ids that sort by time of birth: nine base-36 digits of milliseconds, then 16 random hexadecimal digits. */
export const systemIds: Ids = {
  next: () => Date.now().toString(36).padStart(TIME_DIGITS, '0') + randomBytes(8).toString('hex'),
};
