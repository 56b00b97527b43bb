/**
 * What of a folder travels: every file, folder and link below the places that are named, each at its place. Nothing is
 * opened here, so that a pipe cannot hold it up; what cannot travel is refused by name, or left out with its reason.
 */
import type { BigIntStats } from 'node:fs';
import { access, constants, lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArchiveEntry, FileChanged, stateOf } from '#adapters/archive/pack.ts';
import { ENVIRONMENT_REMEDY, isNotCode, type LeftBehind, type Reason } from './left-out.ts';
import { type Followed, resolveLink } from './links.ts';
import type { CodePlace } from './place.ts';
import { notThere, refused } from './refusal.ts';

export interface FileTree {
  /** In the order of their paths. */
  readonly entries: readonly ArchiveEntry[];
  readonly leftOut: readonly LeftBehind[];
  /** Links whose content travels in their place. */
  readonly followed: readonly Followed[];
}

export interface TreeOptions {
  /** Absolute; everything has its place relative to it. */
  readonly folder: string;
  /** Files and folders that are taken whatever their names, or refused. */
  readonly named: readonly CodePlace[];
  /** What is left out, with all that is below it. */
  readonly except: readonly CodePlace[];
}

/** More is data, and every host would unpack it before its tasks start. */
const FILES_MAX = 100_000;

/** LS_JOB_COMMAND_MISSING for what is not there, LS_CODE_REFUSED for what cannot travel. FileChanged: try again. */
export async function fileTree({ folder, named, except }: TreeOptions): Promise<FileTree> {
  const draft: Draft = {
    root: await realpath(folder),
    ...{ except: new Set(except), entries: new Map(), links: [], leftOut: [], followed: [] },
  };
  for (const path of named) await visit(draft, { path, source: join(draft.root, path), isNamed: true, through: [] });
  // A link stays what it is where what it leads to travels as well, which is known once everything else is.
  for (let link = draft.links.shift(); link !== undefined; link = draft.links.shift()) {
    await visitLink(draft, link, named);
  }
  const { entries, leftOut, followed } = draft;
  return {
    entries: [...entries.values()].filter(({ path }) => path !== '').sort((a, b) => (a.path < b.path ? -1 : 1)),
    leftOut: leftOut.filter(({ path }) => !entries.has(path)),
    followed,
  };
}

interface Draft {
  readonly root: string;
  readonly except: ReadonlySet<CodePlace>;
  readonly entries: Map<CodePlace, ArchiveEntry>;
  readonly links: Visit[];
  readonly leftOut: LeftBehind[];
  readonly followed: Followed[];
}

/** A place in the package, and where its content lies. */
interface Visit {
  readonly path: CodePlace;
  readonly source: string;
  readonly isNamed: boolean;
  /** Real paths of what links have led to on the way here. */
  readonly through: readonly string[];
}

async function visit(draft: Draft, at: Visit): Promise<void> {
  const { path, source, isNamed } = at;
  if (draft.except.has(path) || draft.entries.has(path)) return;
  const stats = await statsOf(draft, at);
  if (stats.isSymbolicLink()) draft.links.push(at);
  else if (stats.isDirectory()) await visitFolder(draft, at);
  else if (stats.isFile()) {
    await access(source, constants.R_OK);
    add(draft, {
      ...{ kind: 'file', path, source, sizeBytes: Number(stats.size), state: stateOf(stats) },
      isExecutable: (stats.mode & 0o100n) !== 0n,
    });
  } else if (isNamed) throw refused(`${path} is a ${kindOf(stats)}, which cannot travel to another machine`);
  else draft.leftOut.push({ path, reason: kindOf(stats) });
}

async function visitFolder(draft: Draft, { path, source, isNamed, through }: Visit): Promise<void> {
  const names = (await readdir(source)).sort();
  const isEnvironment = names.includes('pyvenv.cfg') || names.includes('conda-meta');
  if (isEnvironment && isNamed) {
    const what = path === '' ? `${source}, the folder of the job file,` : path;
    throw refused(`${what} is a virtual environment, which works on this machine alone`, ENVIRONMENT_REMEDY);
  }
  if (isEnvironment) {
    draft.leftOut.push({ path, reason: 'virtual environment' });
    return;
  }
  add(draft, { kind: 'folder', path });
  for (const name of names) {
    const below = path === '' ? name : `${path}/${name}`;
    if (draft.except.has(below)) continue;
    if (isNotCode(name)) draft.leftOut.push({ path: below, reason: 'not code' });
    else await visit(draft, { path: below, source: join(source, name), isNamed: false, through });
  }
}

async function visitLink(draft: Draft, link: Visit, named: readonly CodePlace[]): Promise<void> {
  const { path, isNamed, through } = link;
  // An archive cannot hold a link and files below it.
  const isAlsoFolder = named.some((one) => one.startsWith(`${path}/`));
  const travels = (place: CodePlace) => draft.entries.has(place) && !isAlsoFolder;
  const resolved = await resolveLink(link, draft.root, travels);
  if (resolved.kind === 'outside') {
    draft.followed.push({ path, target: resolved.target });
    await visit(draft, { ...link, source: resolved.target, through: [...through, resolved.target] });
  } else if (resolved.kind === 'inside') add(draft, { kind: 'link', path, target: resolved.target });
  else if (isNamed) throw refused(`${path} is a link to nothing`);
  else draft.leftOut.push({ path, reason: 'link to nothing' });
}

async function statsOf(draft: Draft, { path, source, isNamed }: Visit): Promise<BigIntStats> {
  try {
    return await lstat(source, { bigint: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    if (isNamed) throw notThere(`${path} does not exist in ${draft.root}`, source);
    if (path.includes('\uFFFD')) throw refused(`${path}: the bytes of its name are not UTF-8`);
    throw new FileChanged(path);
  }
}

function add(draft: Draft, entry: ArchiveEntry): void {
  draft.entries.set(entry.path, entry);
  if (draft.entries.size <= FILES_MAX) return;
  throw refused(
    `more than ${FILES_MAX.toLocaleString('en')} files and folders, the last of them ${entry.path}`,
    'Name in `task.files` only what the tasks read, or leave a folder out with "!FOLDER". Training data belongs into `data`.',
  );
}

function kindOf(stats: BigIntStats): Extract<Reason, 'pipe' | 'socket' | 'device'> {
  if (stats.isFIFO()) return 'pipe';
  return stats.isSocket() ? 'socket' : 'device';
}
