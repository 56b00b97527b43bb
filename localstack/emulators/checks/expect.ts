import { isDeepStrictEqual } from 'node:util';
import type { Ended } from '../lockstep-command.ts';

/** Throws unless the command's summary has these values; the error shows what it printed. */
export function expectSummary({ summary, printed }: Ended, wanted: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(wanted)) {
    if (isDeepStrictEqual(summary[name], value)) continue;
    const got = JSON.stringify(summary[name]);
    throw new Error(`expected ${name} ${JSON.stringify(value)}, got ${got}:\n${printed.trimEnd()}`);
  }
}
