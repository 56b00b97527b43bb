/** What the linter cannot see: circles between files, also of types alone, and the order of the domains of core. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** File → files that it imports, types included. */
type Graph = ReadonlyMap<string, readonly string[]>;

/** Domains of core from the ground up: each knows only those before it. */
const DOMAINS = [
  'system',
  'objects',
  'resources',
  'job',
  'fleet',
  'gang',
  'launch',
  'runs',
  'training',
  'inference',
  'stream',
];

const IMPORT = /(?:from|import)\s*\(?\s*'([#.][^']+)'/g;

function importsOf(file: string, source: string): readonly string[] {
  return [...source.matchAll(IMPORT)]
    .map(([, target = '']) => (target.startsWith('#') ? target.slice(1) : normalize(join(dirname(file), target))))
    .filter((target) => existsSync(target));
}

function graphOf(files: readonly string[]): Graph {
  return new Map(files.map((file) => [file, importsOf(file, readFileSync(file, 'utf8'))]));
}

/** One circle as the files along it; undefined if there is none. */
function circle(graph: Graph): readonly string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const found = walk(next, [...path, file]);
      if (found !== undefined) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const found = walk(file, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Imports of core that lead from a domain to a later one. */
function upward(graph: Graph): readonly string[] {
  const place = (file: string) => DOMAINS.indexOf(file.split('/')[1] ?? '');
  return [...graph].flatMap(([file, targets]) =>
    targets.filter((target) => place(target) > place(file)).map((target) => `${file} imports ${target}`),
  );
}

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], { encoding: 'utf8' });
const files = tracked
  .trim()
  .split('\n')
  .filter((file) => existsSync(file));

describe('the structure', () => {
  it('has no circle of files, not even of types', () => {
    expect(files.length).toBeGreaterThan(500);
    expect(circle(graphOf(files))).toBeUndefined();
  });

  it('orders the domains of core: none knows one that comes after it', () => {
    const core = files.filter((file) => /^core\/[^/]+\//.test(file));
    expect([...new Set(core.map((file) => file.split('/')[1]))].sort()).toEqual(DOMAINS.toSorted());
    expect(upward(graphOf(core))).toEqual([]);
  });

  it('would find a circle, and a step upwards', () => {
    const graph = new Map([
      ['core/gang/a.ts', ['core/gang/b.ts']],
      ['core/gang/b.ts', ['core/gang/c.ts', 'core/fleet/d.ts']],
      ['core/gang/c.ts', ['core/gang/a.ts']],
      ['core/fleet/d.ts', ['core/training/e.ts']],
    ]);
    expect(circle(graph)).toEqual(['core/gang/a.ts', 'core/gang/b.ts', 'core/gang/c.ts', 'core/gang/a.ts']);
    expect(upward(graph)).toEqual(['core/fleet/d.ts imports core/training/e.ts']);
    expect(importsOf('core/gang/a.ts', "import type { X } from './records.ts';")).toEqual(['core/gang/records.ts']);
  });
});
