import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ago } from '../../../cli/output/moment.ts';

it.each([
  [0, 'just now'],
  [-5_000, 'just now'],
  [1_000, '1 s ago'],
  [59_999, '59 s ago'],
  [60_000, '1 min ago'],
  [3_599_999, '59 min ago'],
  [7_200_000, '2 h ago'],
  [30 * 24 * 3_600_000, '30 d ago'],
])('is told by its largest unit: %d ms → %s', (passedMs, text) => {
  expect(ago(1_000_000 - passedMs, 1_000_000)).toBe(text);
});

it.each([
  ['UTC', '2026-01-31 23:30:05 +00:00'],
  ['Asia/Kolkata', '2026-02-01 05:00:05 +05:30'],
  ['America/St_Johns', '2026-01-31 20:00:05 -03:30'],
])('is the time of the wall in %s', (zone, text) => {
  const code = `import { localTime } from './cli/output/moment.ts'; process.stdout.write(localTime(Date.UTC(2026, 0, 31, 23, 30, 5)))`;
  const env = { ...process.env, TZ: zone };
  const shown = execFileSync(process.execPath, ['--input-type=module', '-e', code], { env, encoding: 'utf8' });
  expect(shown).toBe(text);
});
