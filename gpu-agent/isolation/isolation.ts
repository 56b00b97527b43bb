import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findUserProcesses } from '#adapters/process/process-table.ts';
import { signalProcess } from '#adapters/process/signal.ts';
import { findTaskUser, giveTo, type TaskUser } from '#adapters/process/task-user.ts';
import type { Log } from '#core/system/ports.ts';
import { closeMetadata, METADATA_ADDRESSES } from './metadata-rule.ts';
import { probeAs } from './probe.ts';

/** How this host keeps its tasks apart from itself. */
export interface IsolationOptions {
  /** Name or number of the user that tasks run as; undefined: the user of the agent. */
  readonly userName: string | undefined;
  /** True on EC2: the metadata service there would give a task whatever the host may do. */
  readonly hasMetadata: boolean;
  /** Folders that tasks read beside those of the host: what belongs to the agent's own program. */
  readonly reads: readonly string[];
  readonly log: Log;
}

/**
 * The user of the tasks, with the metadata service closed to it before anything runs as it. Undefined where none is named,
 * which the log says. Throws on EC2 if it cannot be done: such a host starts no task.
 */
export async function isolateTasks({
  userName,
  hasMetadata,
  log,
}: Omit<IsolationOptions, 'reads'>): Promise<TaskUser | undefined> {
  if (userName === undefined || userName === '') {
    if (hasMetadata) throw new Error('expected a user for the tasks on a host of EC2 (LOCKSTEP_TASK_USER), got none');
    log.info('tasks run as the user of the agent: they can read and end what it can', { uid: process.getuid?.() });
    return undefined;
  }
  const user = await findTaskUser(userName);
  if (hasMetadata) await closeMetadata(user.uid);
  await endAllOf(user);
  log.info('tasks run as a user of their own', { user: user.name, uid: user.uid, metadataClosed: hasMetadata });
  return user;
}

/** Folders of a host that tasks use, as far as they concern who owns them. */
export interface TaskFolders {
  readonly code: string;
  readonly home: string;
  readonly cache: string;
  readonly bin: string;
}

/** Places below the cache that tasks and pip write to; Python environments are the agent's to make and remove. */
const WRITTEN = ['pip', 'huggingface'];
/** Programs open these themselves; the drivers of AWS's images leave them open to all, and an image of one's own may not. */
const DEVICES = /^(nvidia\d+|nvidiactl|nvidia-uvm|neuron\d+)$/;

/** Gives the tasks what is theirs, and proves as their user that they can use it and cannot reach the metadata service. */
export async function giveFolders(
  user: TaskUser,
  folders: TaskFolders,
  { hasMetadata, reads }: Pick<IsolationOptions, 'hasMetadata' | 'reads'>,
): Promise<void> {
  const { code, home, cache, bin } = folders;
  const written = WRITTEN.map((name) => join(cache, name));
  for (const folder of [home, ...written]) await mkdir(folder, { recursive: true });
  await giveTo(user, [code, home, ...written]);
  const devices = (await readdir('/dev')).filter((name) => DEVICES.test(name)).map((name) => `/dev/${name}`);
  await probeAs(user, {
    reads: [join(bin, 'node'), ...reads, ...devices],
    writes: [code, home, ...written, ...devices],
    unreachable: hasMetadata ? Object.values(METADATA_ADDRESSES) : [],
  });
}

const SWEEPS_MAX = 200;
const SWEEP_MS = 10;

/** Ends whatever runs as the user; what programs of packages leave behind while they are installed, for one. */
export async function endAllOf({ uid, name }: TaskUser): Promise<void> {
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    const found = findUserProcesses(uid);
    if (found.length === 0) return;
    for (const { pid } of found) signalProcess(pid, 'SIGKILL');
    await delay(SWEEP_MS);
  }
  throw new Error(`processes of the user ${name} (uid ${uid}) survive SIGKILL`);
}
