import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Draft, ROOT } from './places.ts';

/** A specifier of the sources in a declaration: `'./x.ts'`, `'#core/x.ts'`, also of an inline import. */
const OWN_IMPORT = /(from |import\()(['"])([#.][^'"]+)\.(m?)ts\2/g;
const LAYER = /^#(core|flows|formats|adapters)\//;

/**
 * Writes the types of `entries` (sources, relative to the clone) and of what they import below `types/` of the package,
 * one declaration a source. Their imports become relative ones of `.js`, which every way of resolving modules knows.
 */
export function writeDeclarations(draft: Draft, entries: readonly string[]): void {
  const work = mkdtempSync(join(ROOT, 'node_modules', '.lockstep-types-'));
  try {
    const config = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        declaration: true,
        emitDeclarationOnly: true,
        rootDir: ROOT,
        outDir: join(work, 'types'),
      },
      include: [],
      files: entries.map((entry) => join(ROOT, entry)),
    };
    writeFileSync(join(work, 'tsconfig.json'), JSON.stringify(config));
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [tsc, '-p', work], { cwd: ROOT, stdio: 'inherit' });
    for (const file of declarationsBelow(join(work, 'types'))) {
      const place = relative(join(work, 'types'), file);
      draft.write(join('types', place), withRelativeImports(readFileSync(file, 'utf8'), place));
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const declarationsBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** `place` is the declaration's own path below `types/`. */
export function withRelativeImports(declaration: string, place: string): string {
  return declaration.replaceAll(OWN_IMPORT, (...groups: readonly string[]) => {
    const [, before, quote, path = '', m] = groups;
    const target = LAYER.test(path) ? relative(dirname(place), path.slice(1)) : path;
    return `${before}${quote}${target.startsWith('.') ? target : `./${target}`}.${m}js${quote}`;
  });
}
