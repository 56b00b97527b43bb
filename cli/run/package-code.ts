import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, relative } from 'node:path';
import { build } from 'esbuild';
import { create } from 'tar';
import { ERRORS, LockstepError } from '#core/errors.ts';
import { packageFile } from '#core/job/command.ts';
import { TASK_BUNDLE } from '#core/job/task-bundle.ts';
import { installation } from '../installation.ts';
import type { CodeSource } from '../job/loaded.ts';
import { remedyForMissing } from '../job/near-file.ts';

/** Packages with native code or wasm: not bundled, the agent has them beside the code package. */
const BESIDE = ['onnxruntime-node', 'onnxruntime-common', 'parquet-wasm'];
const NOT_CODE = new Set(['node_modules', '.lockstep', '.git']);

/**
 * The code package of a job, as a gzipped tar: the bundled module, and the files that it names, each at its place
 * relative to the job file. LS_JOB_COMMAND_MISSING for what is not there or cannot be bundled.
 */
export async function packageCode(source: CodeSource, command: readonly string[]): Promise<Uint8Array | undefined> {
  const files = allFiles(source, command);
  if (source.module === undefined && files.length === 0) return undefined;
  const draft = mkdtempSync(join(tmpdir(), 'lockstep-code-'));
  try {
    mkdirSync(join(draft, 'code'));
    if (source.module !== undefined) await bundle(source.module, join(draft, 'code', TASK_BUNDLE));
    for (const file of files) {
      const target = join(draft, 'code', relative(source.folder, file));
      cpSync(file, target, { recursive: true, filter: (path) => !NOT_CODE.has(basename(path)) });
    }
    const archive = join(draft, 'code.tgz');
    await create({ gzip: true, file: archive, cwd: join(draft, 'code'), portable: true }, ['.']);
    return readFileSync(archive);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** `task.files`, and the file that the command runs, which need not be named twice. */
function allFiles({ folder, module, files }: CodeSource, command: readonly string[]): readonly string[] {
  const own = module === undefined ? packageFile(command) : undefined;
  const all = new Set([...files, ...(own === undefined ? [] : [join(folder, own)])]);
  for (const file of all) {
    const place = relative(folder, file);
    if (place.startsWith('..')) throw missing(`${file} lies outside of the folder of the job file, ${folder}`);
    if (!existsSync(file)) throw missing(`${place} does not exist in ${folder}`, file);
  }
  return [...all];
}

/** LS_JOB_COMMAND_MISSING unless the program of a command can be found on this machine, whose copies the local hosts are. */
export function checkProgram(command: readonly string[]): void {
  const [program = ''] = command;
  if (program === 'node' || packageFile(command) === program) return;
  const folders = program.startsWith('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, program)))) return;
  throw missing(`task.command runs \`${program}\`, which is not on the PATH of this machine`);
}

async function bundle(module: string, outfile: string): Promise<void> {
  if (!existsSync(module)) throw missing(`task.module is ${module}, and there is no such file`, module);
  try {
    await build({
      ...{ entryPoints: [module], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node24' },
      ...{ external: BESIDE, logLevel: 'silent', sourcemap: 'inline', sourcesContent: false },
      alias: { 'lockstep/task': installation.taskSdk, ...taskPackage(module) },
      // A module finds the packages of Lockstep where it has none of its own.
      nodePaths: [...installation.packages],
      // A name that no module has itself: esbuild does not know those of a banner.
      banner: {
        js: "import { createRequire as __taskRequire } from 'node:module'; const require = __taskRequire(import.meta.url);",
      },
    });
  } catch (cause) {
    throw missing(`task.module cannot be bundled: ${(cause as Error).message}`);
  }
}

/** `@lockstep/task` is the module's own where it is installed; otherwise it is the SDK that came with this command. */
function taskPackage(module: string): Readonly<Record<string, string>> {
  try {
    createRequire(module).resolve('@lockstep/task');
    return {};
  } catch {
    return { '@lockstep/task': installation.taskSdk };
  }
}

/** `file` is the one that is not there, where it is one. */
const missing = (message: string, file?: string): LockstepError => {
  const { remedy } = ERRORS.LS_JOB_COMMAND_MISSING;
  return new LockstepError('LS_JOB_COMMAND_MISSING', message, file === undefined ? {} : remedyForMissing(file, remedy));
};
