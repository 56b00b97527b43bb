import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { play } from './script.ts';

/**
 * Every scenario is a transcript: what happens (`>`) and what the system does about it. To record them again after a
 * change, `RECORD=1 npx vitest run test/scenarios`, and read the difference.
 */
const FOLDER = import.meta.dirname;
const scenarios = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

describe('the scenario', () => {
  it.each(scenarios)('%s', async (name) => {
    const path = join(FOLDER, name);
    const text = readFileSync(path, 'utf8');
    const played = await play(text);
    if (process.env.RECORD !== undefined) writeFileSync(path, played);
    else expect(played).toBe(text);
    expect(played).toContain('\n> ');
  });

  it('is there for each of the promises', () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(8);
  });
});
