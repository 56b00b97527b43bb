import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { unpack } from '#adapters/archive/unpack.ts';
import type { TrainJob } from '#core/job/job.ts';
import { LEFT_BEHIND_FILE } from '#core/launch/left-behind.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { readJson } from '#formats/json/json-object.ts';
import { transfer } from './transfer.ts';

/** Folders of this host, all below its scratch folder. */
export interface Workspace {
  readonly root: string;
  /** `HOME` of the tasks, where they have a user of their own; outlives the attempts. */
  readonly home: string;
  /** Root of the user's code package: what tasks are started in. */
  readonly code: string;
  /** Files beside the job that did not travel, for whoever misses one. */
  readonly leftBehind: readonly string[];
  /** What is fetched or made once for all runs that the host sees: Python environments, models of Hugging Face. */
  readonly cache: string;
  /** The virtual environment that the job asks for. */
  readonly environment?: string | undefined;
  /** Programs that every task finds first on its PATH. */
  readonly bin: string;
  readonly shards: string;
  /** Files of checkpoints that tasks asked for. */
  readonly checkpoints: string;
  task(rank: number): string;
  log(attempt: number, rank: number): string;
}

export interface WorkspaceSource {
  readonly objects: Objects;
  readonly bucket: string;
  readonly runId: string;
  readonly scratch: string;
  /** Folder that outlives the host. @default - `cache` in `scratch` */
  readonly cache?: string | undefined;
  /** Folder of the agent's own program, beside which its packages are. */
  readonly agentFolder: string;
}

/** The job of a run, as the command line resolved it. */
export async function fetchJob({ objects, bucket, runId }: WorkspaceSource): Promise<TrainJob> {
  return (await readJson<TrainJob>(objects, runObjects({ bucket, runId }).job)).value;
}

/**
 * Makes the folders and unpacks the code package into them; a job that consists of a command alone has none. UnpackError
 * where the package is damaged.
 */
export async function prepareWorkspace(source: WorkspaceSource): Promise<Workspace> {
  const { objects, bucket, runId, scratch, agentFolder } = source;
  const code = join(scratch, 'code');
  const bin = join(scratch, 'task-bin');
  for (const folder of [code, bin]) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
  }
  // Programs say `node`; the host may know it by another name or have another version of it.
  await symlink(process.execPath, join(bin, 'node'));
  const uri = runObjects({ bucket, runId }).code;
  const head = await objects.head(uri);
  if (head !== undefined) {
    const archive = join(scratch, 'code.tgz');
    await rm(archive, { force: true });
    await transfer(objects, { uri, path: archive, sizeBytes: head.sizeBytes });
    await unpack(archive, code);
    await rm(archive);
  }
  await linkPackages(code, agentFolder);
  return {
    root: scratch,
    home: join(scratch, 'home'),
    code,
    leftBehind: await takeLeftBehind(code),
    cache: source.cache ?? join(scratch, 'cache'),
    bin,
    shards: join(scratch, 'shards'),
    checkpoints: join(scratch, 'checkpoints'),
    task: (rank) => join(scratch, 'tasks', String(rank)),
    log: (attempt, rank) => join(scratch, 'logs', String(attempt), `${rank}.log`),
  };
}

/** The list of the package, which is none of the job's files. A package that others have made has none. */
async function takeLeftBehind(code: string): Promise<readonly string[]> {
  const path = join(code, LEFT_BEHIND_FILE);
  const text = await readFile(path, 'utf8').catch(() => '[]');
  await rm(path, { force: true });
  return JSON.parse(text) as string[];
}

/**
 * A code package without node_modules sees those of the agent, where the packages with native code are that bundling
 * left out. A symbolic link, because ES modules find packages by their own path and by nothing else.
 */
async function linkPackages(code: string, agentFolder: string): Promise<void> {
  const own = join(code, 'node_modules');
  const shared = nearestPackages(agentFolder);
  if (existsSync(own) || shared === undefined) return;
  await symlink(shared, own, 'dir');
}

function nearestPackages(folder: string): string | undefined {
  const candidate = join(folder, 'node_modules');
  if (existsSync(candidate)) return candidate;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestPackages(parent);
}
