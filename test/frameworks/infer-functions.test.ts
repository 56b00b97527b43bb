/** `lockstep.infer` with functions of a script, against the functions themselves. */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stateFolder } from '../e2e/command.ts';
import { PACKAGE } from '../python/python.ts';
import { installed, isMissing } from './training.ts';

interface Told {
  readonly failing: readonly [code: string, message: string];
  readonly number: readonly [code: string, message: string];
}

test.skipIf(isMissing('base'))('a function predicts a table as it does by itself, in every form', async () => {
  const home = stateFolder();
  try {
    const warehouse = join(home.path, 'warehouse');
    mkdirSync(join(warehouse, 'shop'), { recursive: true });
    const points = Array.from({ length: 300 }, (_, id) => `${id},${id / 7}`);
    writeFileSync(join(warehouse, 'shop', 'points.csv'), ['id,x', ...points].join('\n'));
    const program = join(import.meta.dirname, 'fixtures', 'infers-functions.py');
    const env = { ...process.env, PYTHONPATH: PACKAGE, LOCKSTEP_HOME: join(home.path, 'home') };
    const python = join(installed.bin, 'python3');
    const { stdout } = await promisify(execFile)(python, [program, warehouse], { env, cwd: home.path });
    const { failing, number, ...came } = JSON.parse(stdout) as Told;
    expect(came).toEqual({
      ...{ scored: true, framed: true, columns: ['id', 'prediction'], lambda: true },
      ...{ counted: [1, true], asked: [300, true] },
    });
    expect(failing).toEqual([
      'LS_PREDICTION_FAILED',
      expect.stringMatching(/rows 0 to 4999: [\s\S]*, line \d+, in failing/),
    ]);
    expect(failing[1]).toContain('ValueError: a row that nobody expected');
    expect(number).toEqual(['LS_USAGE', expect.stringContaining('got int')]);
  } finally {
    home.remove();
  }
});
