import { join, resolve } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { ROOT } from './places.ts';

/** An ES module that holds CommonJS packages needs a `require`. The name is one that no module has itself. */
const REQUIRE =
  "import { createRequire as __lockstepRequire } from 'node:module'; const require = __lockstepRequire(import.meta.url);";

export interface Scripts {
  readonly outdir: string;
  /** Name of the file without ending → source, relative to the clone. */
  readonly entries: Readonly<Record<string, string>>;
  readonly format: 'esm' | 'cjs';
  /** Packages that are imported as they are. */
  readonly external: readonly string[];
  /** @default '.js' */
  readonly ending?: '.js' | '.cjs';
  /** True if CommonJS packages are inside of an ES module. Not for what is bundled once more. @default false */
  readonly holdsCommonJs?: boolean;
  /** Source that takes the place of another, both relative to the clone. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Oldest Node that these files are for. @default 'node24' */
  readonly target?: string;
}

/** Turns sources into JavaScript; what several entries share is a file of its own. Returns what went into it. */
export async function buildScripts(scripts: Scripts): Promise<Metafile> {
  const {
    outdir,
    entries,
    format,
    external,
    ending = '.js',
    holdsCommonJs = false,
    replace = {},
    target = 'node24',
  } = scripts;
  const isEsm = format === 'esm';
  const options = {
    ...{ absWorkingDir: ROOT, outdir, entryPoints: { ...entries }, format, external: [...external], target },
    ...{ bundle: true, platform: 'node', legalComments: 'none', logLevel: 'warning', charset: 'utf8' },
    ...{ outExtension: { '.js': ending }, splitting: isEsm && Object.keys(entries).length > 1 },
    ...(isEsm ? holdsCommonJs && { banner: { js: REQUIRE } } : COMMON_JS),
    plugins: [replacing(replace)],
  } satisfies BuildOptions;
  return (await build({ ...options, metafile: true })).metafile;
}

const COMMON_JS = {
  define: { 'import.meta.url': 'moduleUrl' },
  banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
};

const replacing = (files: Readonly<Record<string, string>>): Plugin => ({
  name: 'replace',
  setup(plugin) {
    plugin.onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const other = Object.entries(files).find(([file]) => resolve(resolveDir, path) === join(ROOT, file))?.[1];
      return other === undefined ? undefined : { path: join(ROOT, other) };
    });
  },
});
