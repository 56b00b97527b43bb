import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Fence, placeOf } from './fences.ts';

/** What the names of our packages stand for in the clone. */
const PACKAGES = {
  'lockstep/task': ['gpu-agent/sdk/index.ts'],
  '@lockstep/task': ['gpu-agent/sdk/index.ts'],
  'lockstep/local': ['packages/local/start-local-cloud.ts'],
  '@lockstep/constructs': ['infra/index.ts'],
};

/** What the compiler says of blocks of TypeScript and JavaScript, each with its place; nothing if it takes all of them. */
export function typeProblems(fences: readonly Fence[]): readonly string[] {
  // Within the clone, so that they find the packages that their imports name.
  const folder = mkdtempSync(join(resolve('node_modules'), '.lockstep-docs-'));
  try {
    const names = fences.map(({ language, text }, i) => {
      const name = `block${i}.${language === 'js' ? 'mjs' : 'mts'}`;
      // A path of the clone, as somebody in its root would write it.
      const rooted = text.replaceAll(/(from ')\.\//g, `$1${resolve('.')}/`);
      writeFileSync(join(folder, name), `${rooted}\nexport {};\n`);
      return name;
    });
    const paths = Object.fromEntries(Object.entries(PACKAGES).map(([name, [file = '']]) => [name, [resolve(file)]]));
    const compilerOptions = { noEmit: true, allowJs: true, checkJs: true, exactOptionalPropertyTypes: false, paths };
    const config = { extends: resolve('tsconfig.json'), compilerOptions, include: [], exclude: [], files: names };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const { stdout } = spawnSync('node_modules/.bin/tsc', ['-p', folder, '--pretty', 'false'], { encoding: 'utf8' });
    return stdout.split('\n').flatMap((line) => {
      const [, index, place, message] = /block(\d+)\.m[tj]s\((\d+),\d+\): (.*)/.exec(line) ?? [];
      const fence = fences[Number(index)];
      return fence === undefined
        ? line.startsWith(' ')
          ? []
          : line.trim() === ''
            ? []
            : [line]
        : [`${placeOf(fence)} line ${place}: ${message}`];
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
