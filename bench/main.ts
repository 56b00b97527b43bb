/**
 * `npm run bench [-- NAME…]`: runs the benches one after the other and prints one table. Figures depend on the machine
 * and on what else runs on it; the reach is what a quiet machine with two cores is held to.
 */
import type { Row } from './row.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ run(): Promise<readonly Row[]> }>>> = {
  inference: () => import('./inference.ts'),
  stream: () => import('./stream.ts'),
  barrier: () => import('./barrier.ts'),
  crash: () => import('./crash.ts'),
  cold: () => import('./cold-start.ts'),
  command: () => import('./command.ts'),
  train: () => import('./train-command.ts'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}

const rows: Row[] = [];
for (const [name, load] of Object.entries(BENCHES).filter(([one]) => wanted.length === 0 || wanted.includes(one))) {
  console.error(`${name} …`);
  rows.push(...(await (await load()).run()));
}
print(rows);
process.exit(0);

function print(all: readonly Row[]): void {
  const cells = all.map((row) => [
    ...[row.name, round(row.median), round(row.min), round(row.max)],
    ...[row.unit, row.reach === '' ? '' : `reach ${row.reach}`],
  ]);
  const table = [['', 'median', 'min', 'max', 'unit', ''], ...cells];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => (line[column] ?? '').length))) ?? [];
  for (const line of table) {
    const padded = line.map((cell, i) =>
      i >= 1 && i <= 3 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
    );
    console.log(padded.join('  ').trimEnd());
  }
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
