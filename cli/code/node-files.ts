import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { build } from 'esbuild';
import type { CodePlace } from './place.ts';

/** What a program for Node imports from beside it, packages apart, and the package.json that says what its files are. */
export async function nodeFiles(folder: string, place: CodePlace): Promise<readonly CodePlace[]> {
  const places = new Set<CodePlace>([place, ...(await imported(folder, place))]);
  for (const one of [...places]) {
    for (let at = posix.dirname(one); ; at = posix.dirname(at)) {
      const description = posix.join(at, 'package.json');
      if (existsSync(join(folder, description))) places.add(description);
      if (at === '.') break;
    }
  }
  return [...places];
}

/** Nothing where it cannot be told without running it: the program says what is amiss better than this can. */
async function imported(folder: string, place: CodePlace): Promise<readonly CodePlace[]> {
  try {
    const { metafile } = await build({
      ...{ absWorkingDir: folder, entryPoints: [place], bundle: true, write: false, outdir: '.', metafile: true },
      ...{ platform: 'node', format: 'esm', packages: 'external', logLevel: 'silent', loader: { '.node': 'empty' } },
    });
    return Object.keys(metafile.inputs).filter((one) => !one.startsWith('..') && !one.includes('node_modules/'));
  } catch {
    return [];
  }
}
