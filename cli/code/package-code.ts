import { createReadStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArchiveEntry, FileChanged, type PackedArchive, pack, stateOf } from '#adapters/archive/pack.ts';
import { UnpackError, unpack } from '#adapters/archive/unpack.ts';
import { LockstepError } from '#core/errors.ts';
import type { TaskSpec } from '#core/job/job.ts';
import { TASK_BUNDLE } from '#core/job/task-bundle.ts';
import { LEFT_BEHIND_FILE } from '#core/launch/left-behind.ts';
import type { CodeSource } from '../job/loaded.ts';
import { bundle } from './bundle.ts';
import { type FileTree, fileTree } from './file-tree.ts';
import { leftFiles } from './left-files.ts';
import { isNotCode } from './left-out.ts';
import { packageLines } from './package-lines.ts';
import { type CodePlace, placeWithin } from './place.ts';
import { programFiles } from './program-files.ts';
import { outside, refused } from './refusal.ts';
import { requirementFiles } from './requirement-files.ts';
import { checkSize } from './size-limit.ts';

/** A code package on this machine's disk, until it is disposed of. */
export interface CodePackage extends PackedArchive, AsyncDisposable {
  /** What travels, what was left out and why, for people. */
  readonly lines: readonly string[];
  /** Its bytes, from the first on each time. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** What of a task decides on what travels. */
type PackagedTask = Pick<TaskSpec, 'command' | 'env' | 'python'>;

/** A file that is being written to is tried so often. */
const TRIES = 3;

/**
 * The code package of a job, a gzipped tar: the bundled module, and the files that it names, each at its place relative
 * to the job file. It has been unpacked once, as a host does it. Undefined where there is nothing to take along.
 * LS_JOB_COMMAND_MISSING for what is not there or cannot be bundled; LS_CODE_REFUSED and LS_CODE_TOO_LARGE for what
 * cannot travel.
 */
export async function packageCode(
  source: CodeSource,
  task: PackagedTask,
  signal?: AbortSignal,
): Promise<CodePackage | undefined> {
  const named = await namedPlaces(source, task).catch((error: unknown) => {
    throw asRefusal(error);
  });
  if (source.module === undefined && named.length === 0) return undefined;
  const draft = await mkdtemp(join(tmpdir(), 'lockstep-code-'));
  const dispose = () => rm(draft, { recursive: true, force: true });
  try {
    const bundled = source.module === undefined ? [] : [await bundleEntry(source.module, draft)];
    const { tree, entries, archive } = await again(TRIES, () => archiveOf(source, { named, bundled, draft, signal }));
    await tryOut(draft);
    const beside = source.module === undefined ? await namesBeside(source, [...entries, ...tree.leftOut]) : [];
    const lines = packageLines({ ...tree, entries, beside });
    return {
      ...{ ...archive, lines, [Symbol.asyncDispose]: dispose },
      chunks: () => createReadStream(join(draft, ARCHIVE), { highWaterMark: 2 ** 18 }),
    };
  } catch (error) {
    await dispose();
    signal?.throwIfAborted();
    throw asRefusal(error);
  }
}

const ARCHIVE = 'code.tgz';

/** Places of what the job names, and of what its command needs, which need not be named twice. */
async function namedPlaces({ folder, module, files }: CodeSource, task: PackagedTask): Promise<readonly CodePlace[]> {
  const places = files.map((file) => {
    const place = placeWithin(folder, file);
    if (place !== undefined) return place;
    throw outside(file, folder);
  });
  const own = module === undefined ? await programFiles({ folder, ...task }) : [];
  const required = task.python === undefined ? [] : requirementFiles(folder, task.python);
  return [...new Set([...places, ...own, ...required])];
}

/** What lies in the folder of the job and does not travel, hidden files and what is no code apart. */
async function namesBeside({ folder, file, except }: CodeSource, said: readonly { readonly path: CodePlace }[]) {
  const known = new Set(said.map(({ path }) => path.split('/')[0]));
  const isExpected = (name: string) => known.has(name) || [file, ...except].includes(join(folder, name));
  const names = (await readdir(folder)).sort();
  return names.filter((name) => !isExpected(name) && !name.startsWith('.') && !isNotCode(name));
}

interface ArchiveOptions {
  readonly named: readonly CodePlace[];
  readonly bundled: readonly ArchiveEntry[];
  readonly draft: string;
  readonly signal: AbortSignal | undefined;
}

async function archiveOf(source: CodeSource, { named, bundled, draft, signal }: ArchiveOptions) {
  const { folder } = source;
  const except = source.except.flatMap((path) => placeWithin(folder, path) ?? []);
  const tree: FileTree = await fileTree({ folder, named, except });
  const entries = [...tree.entries.filter(({ path }) => path !== TASK_BUNDLE || bundled.length === 0), ...bundled];
  checkSize(entries);
  const target = join(draft, ARCHIVE);
  await rm(target, { force: true });
  const list = await leftBehindEntry(source, entries, draft);
  return { tree, entries, archive: await pack([...entries, ...list], target, signal) };
}

async function bundleEntry(module: string, draft: string): Promise<ArchiveEntry> {
  await bundle(module, join(draft, TASK_BUNDLE));
  return await madeEntry(TASK_BUNDLE, draft);
}

/** The list from which a host says which file a task has missed; none where all travels. */
async function leftBehindEntry(source: CodeSource, entries: readonly ArchiveEntry[], draft: string) {
  const { folder, file } = source;
  const known = new Set<CodePlace>([...entries.map(({ path }) => path), placeWithin(folder, file) ?? '']);
  const left = await leftFiles(folder, (place) => known.has(place));
  if (left.length === 0) return [];
  await writeFile(join(draft, LEFT_BEHIND_FILE), JSON.stringify(left));
  return [await madeEntry(LEFT_BEHIND_FILE, draft)];
}

/** A file that was made in the draft. */
async function madeEntry(path: CodePlace, draft: string): Promise<ArchiveEntry> {
  const source = join(draft, path);
  const stats = await lstat(source, { bigint: true });
  const of = { source, sizeBytes: Number(stats.size), state: stateOf(stats), isExecutable: false };
  return { kind: 'file', path, ...of };
}

/** Repeats what a file that changed has spoilt. */
async function again<T>(tries: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileChanged) || tries <= 1) throw error;
    return await again(tries - 1, work);
  }
}

/** Unpacks it as a host will, so that what a host would refuse is refused before one is bought. */
async function tryOut(draft: string): Promise<void> {
  const trial = join(draft, 'trial');
  await mkdir(trial);
  await unpack(join(draft, ARCHIVE), trial);
  await rm(trial, { recursive: true });
}

/** Whatever the user's files do to the making of a package is about those files: never an error of ours. */
function asRefusal(error: unknown): unknown {
  if (error instanceof LockstepError) return error;
  if (error instanceof FileChanged) {
    const remedy = `Wait until nothing writes to it, or leave it out with "!${error.path}" in \`task.files\`.`;
    return refused(`${error.path} changes while it is read`, remedy);
  }
  if (error instanceof UnpackError) return refused(`the package cannot be unpacked again: ${error.message}`);
  const { syscall, message } = error as NodeJS.ErrnoException;
  return syscall === undefined ? error : refused(message);
}
