import { readFileSync } from 'node:fs';

/** The version of this installation. In the clone and in the built package alike its manifest lies above this module. */
export const { version: VERSION } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};
