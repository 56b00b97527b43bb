/** The list of what emulators lack names tests that there are: one that was renamed would be a gap that nobody looks at. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emulatorTables } from '../../docs/emulator-table.ts';
import { GAPS } from '../conformance/gaps.ts';

/** Every test of the suites that emulators are held to, as the list of gaps names them. */
function testsOfTheSuites(): ReadonlySet<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-list-'));
  try {
    const file = join(folder, 'tests.json');
    const list = ['cli/with-node.mjs', 'vitest', 'list', 'test/contract', 'test/conformance', `--json=${file}`];
    execFileSync(process.execPath, list, { stdio: ['ignore', 'ignore', 'pipe'] });
    const tests = JSON.parse(readFileSync(file, 'utf8')) as readonly { readonly name: string }[];
    return new Set(tests.map(({ name }) => name.replace(' (embedded)', '')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the list of what emulators lack', () => {
  it('names tests that there are', () => {
    const tests = testsOfTheSuites();
    expect(tests.size).toBeGreaterThan(400);
    for (const [cloud, gaps] of Object.entries(GAPS)) {
      expect(
        Object.keys(gaps).filter((name) => !tests.has(name)),
        cloud,
      ).toEqual([]);
    }
  }, 120_000);

  it('becomes a table for each suite in which one of them differs', () => {
    const gaps = {
      One: { 'a | suite > does | this': 'it | does not', 'b > hangs': { hangs: 'it never ends' } },
      Two: { 'b > other > thing': 'no' },
    };
    expect(emulatorTables(gaps, { 'a | suite': 'A', b: 'B' }).split('\n')).toEqual([
      'Tests that are expected to fail: One 2, Two 1.',
      '',
      '### a | suite',
      '| test | AWS | embedded | One | Two |',
      '|---|---|---|---|---|',
      '| does \\| this | [documented](A) | passes | it \\| does not | passes |',
      '',
      '### b',
      '| test | AWS | embedded | One | Two |',
      '|---|---|---|---|---|',
      '| hangs | [documented](B) | passes | it never ends; left out, it would only run into its time limit | passes |',
      '| other > thing | [documented](B) | passes | passes | no |',
    ]);
    expect(() => emulatorTables(gaps, {})).toThrow('does not say where AWS documents: a | suite');
  });
});
