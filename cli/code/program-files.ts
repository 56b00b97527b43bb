/**
 * The files beside a job that its command needs without naming them in `task.files`: its programs, what these import from
 * beside them, and files that its arguments name.
 */
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Program, programsOf, programsOfScript } from '#core/job/command/programs.ts';
import { pythonImports } from '#core/job/command/python-imports.ts';
import { isNotCode } from './left-out.ts';
import { nodeFiles } from './node-files.ts';
import { type CodePlace, placeWithin } from './place.ts';
import { outside } from './refusal.ts';

export interface ProgramFilesOptions {
  /** Absolute. */
  readonly folder: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** An argument that names a larger file is taken for data. */
const ARGUMENT_BYTES_MAX = 16 * 2 ** 20;

/**
 * Places of the files and folders. A program that must be there is among them even where it is not;
 * LS_JOB_COMMAND_MISSING for one that lies outside of the folder.
 */
export async function programFiles({ folder, command, env }: ProgramFilesOptions): Promise<readonly CodePlace[]> {
  const taken = new Set<CodePlace>();
  const paths = (env.PYTHONPATH ?? '').split(':').flatMap((path) => inside(path) ?? []);
  const queue: Program[] = [...programsOf(command)];
  for (let program = queue.shift(); program !== undefined; program = queue.shift()) {
    if (program.kind === 'module') {
      takeModules(folder, { modules: [program.name], roots: ['', ...paths], taken });
      continue;
    }
    const place = inside(program.path);
    if (place === undefined && program.isCertain) throw outside(program.path, folder);
    if (place === undefined || taken.has(place)) continue;
    if (!isFile(join(folder, place))) {
      if (program.isCertain) taken.add(place);
      continue;
    }
    taken.add(place);
    const { interpreter = '' } = program;
    if (place.endsWith('.py')) takeImports(folder, place, { roots: [posix.dirname(place), ...paths], taken });
    else if (/^(node|tsx|bun)$/.test(interpreter)) for (const one of await nodeFiles(folder, place)) taken.add(one);
    else if (/sh$/.test(interpreter) || place.endsWith('.sh')) queue.push(...programsOfScript(text(folder, place)));
  }
  for (const word of command.slice(1)) {
    const place = inside(word.replace(/^-[^=]*=/, ''));
    if (place === undefined || place === '' || !isFile(join(folder, place))) continue;
    if (statSync(join(folder, place)).size <= ARGUMENT_BYTES_MAX) taken.add(place);
  }
  return [...taken];
}

interface Search {
  /** Folders in which Python looks for modules. */
  readonly roots: readonly CodePlace[];
  readonly taken: Set<CodePlace>;
}

/** Takes modules that lie beside the program: a file by itself, a package as a whole, because it may read what is in it. */
function takeModules(folder: string, { modules, ...search }: Search & { readonly modules: readonly string[] }): void {
  for (const module of modules) {
    const [first = '', second = ''] = module.split('.');
    for (const root of search.roots) {
      const place = posix.join(root, first);
      const at = join(folder, place);
      if (isPackage(at, second)) takePackage(folder, place, search);
      else if (isFile(`${at}.py`) && !search.taken.has(`${place}.py`)) {
        search.taken.add(`${place}.py`);
        takeImports(folder, `${place}.py`, search);
      } else continue;
      break;
    }
  }
}

/** A folder without `__init__.py` is one only if it has the module that is asked for: it may be data that is called alike. */
const isPackage = (at: string, module: string): boolean =>
  isFile(join(at, '__init__.py')) ||
  isFile(join(at, '__main__.py')) ||
  (module !== '' && (isFile(join(at, `${module}.py`)) || isFile(join(at, module, '__init__.py'))));

function takePackage(folder: string, place: CodePlace, search: Search): void {
  if (search.taken.has(place)) return;
  search.taken.add(place);
  for (const source of pythonSources(folder, place)) takeImports(folder, source, search);
}

function takeImports(folder: string, place: CodePlace, search: Search): void {
  takeModules(folder, { modules: pythonImports(text(folder, place)), ...search });
}

function pythonSources(folder: string, place: CodePlace): readonly CodePlace[] {
  return readdirSync(join(folder, place), { withFileTypes: true }).flatMap((entry) => {
    const below = posix.join(place, entry.name);
    if (entry.isDirectory()) return isNotCode(entry.name) ? [] : pythonSources(folder, below);
    return entry.isFile() && entry.name.endsWith('.py') ? [below] : [];
  });
}

/** Undefined for what does not lie in the folder of the job. */
const inside = (path: string): CodePlace | undefined => placeWithin('/job', posix.resolve('/job', path));

/** Links are followed; a pipe is none, and is never opened. */
const isFile = (path: string): boolean => existsSync(path) && (lstatSync(path).isFile() || statSync(path).isFile());

const text = (folder: string, place: CodePlace): string => readFileSync(join(folder, place), 'utf8');
