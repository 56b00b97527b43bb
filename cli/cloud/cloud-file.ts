import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { CloudAccess } from '../../localstack/embedded/cloud.ts';
import { type Home, namesIn } from '../home.ts';

/** `cloud.json` in a cloud's folder: how commands in other terminals find it. */
export interface CloudFile extends CloudAccess {
  /** The process that holds the cloud. */
  readonly pid: number;
  readonly startedAt: number;
  /** True for `lockstep local up`, which other commands may use; false for a cloud that one command has to itself. */
  readonly shared: boolean;
  readonly warehouse?: string;
  /** Where its S3 takes files of this machine; one that an older version brought up takes none. */
  readonly offersDir?: string;
}

export interface FoundCloud extends CloudFile {
  readonly folder: string;
}

const NAME = 'cloud.json';
const PROBE_MS = 500;

/** Where a cloud of this folder keeps its state, and in it the logs of its functions. */
export const stateIn = (folder: string): string => join(folder, 'state');
export const functionLogsIn = (folder: string): string => join(stateIn(folder), 'logs');

export function writeCloudFile(folder: string, file: CloudFile): void {
  const draft = join(folder, `.${NAME}`);
  writeFileSync(draft, `${JSON.stringify(file, null, 2)}\n`);
  renameSync(draft, join(folder, NAME));
}

/** Clouds that answer, the shared ones first. Folders that a process left when it was killed are removed. */
export async function findClouds(home: Home): Promise<readonly FoundCloud[]> {
  const found: FoundCloud[] = [];
  for (const id of namesIn(home.clouds)) {
    const folder = join(home.clouds, id);
    const file = read(folder);
    if (!isAlive(file?.pid ?? pidIn(id))) rmSync(folder, { recursive: true, force: true });
    else if (file !== undefined && (await answers(file))) found.push({ ...file, folder });
  }
  return found.toSorted((a, b) => Number(b.shared) - Number(a.shared) || b.startedAt - a.startedAt);
}

/** Folder names carry the process id, so that a cloud that died before it wrote its file is known as dead too. */
export const cloudId = (unique: string): string => `${unique}-${process.pid}`;
export const pidIn = (id: string): number => Number(id.slice(id.lastIndexOf('-') + 1));

function read(folder: string): CloudFile | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, NAME), 'utf8'));
  } catch {
    return undefined; // it is being started, or something else lies there
  }
}

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A process id may belong to another program by now: only an open port proves the cloud. */
function answers({ fleetControlUrl }: CloudFile): Promise<boolean> {
  const { hostname, port } = new URL(fleetControlUrl);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: PROBE_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
