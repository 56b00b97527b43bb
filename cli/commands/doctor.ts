import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeHome } from '../home.ts';
import { installation } from '../installation.ts';
import type { CommandContext } from './context.ts';

export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what to do about it. */
  readonly detail: string;
}

type Check = (context: CommandContext) => Promise<string> | string;

const MIB = 1024 * 1024;
const MEMORY_NEEDED_MIB = 1024;
const DISK_NEEDED_MIB = 1024;

/** Each returns what it found, or throws what to do. */
const CHECKS: Readonly<Record<string, Check>> = {
  node: () => `${process.version} on ${process.platform} ${process.arch}`,
  shell: () => {
    accessSync('/bin/sh', constants.X_OK);
    return '/bin/sh, for the guardian of processes';
  },
  onnxruntime: async () => {
    const { InferenceSession } = await import('onnxruntime-node');
    return typeof InferenceSession.create === 'function' ? 'loads' : 'has no InferenceSession';
  },
  duckdb: async () => `version ${(await import('@duckdb/node-api')).version()}`,
  parquet: async () => (typeof (await import('parquet-wasm')).readParquet === 'function' ? 'loads' : 'has no reader'),
  state: ({ home }) => {
    accessSync(home.folder, constants.W_OK);
    return `${home.folder} can be written`;
  },
  disk: ({ home }) => {
    const { bavail, bsize } = statfsSync(home.folder);
    const free = Math.floor((bavail * bsize) / MIB);
    if (free < DISK_NEEDED_MIB)
      throw new Error(`${free} MiB are free for ${home.folder}; the local cloud wants ${DISK_NEEDED_MIB}`);
    return `${free.toLocaleString('en')} MiB free for ${home.folder}`;
  },
  // Not needed by anything but tasks that are written in it.
  python: async () => {
    const version = await promisify(execFile)('python3', ['--version']).catch(() => undefined);
    return version === undefined ? 'not found; only tasks in Python need it' : version.stdout.trim();
  },
  loopback: async () => {
    const server = createServer();
    await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
    server.close();
    return '127.0.0.1 can be listened on';
  },
  machine: () => {
    const free = Math.round(freemem() / MIB);
    if (free < MEMORY_NEEDED_MIB)
      throw new Error(`${free} MiB of memory are free; the local cloud wants ${MEMORY_NEEDED_MIB}`);
    return `${availableParallelism()} processors, ${free} MiB of memory free`;
  },
  app: async ({ home }) => {
    const folder = mkdtempSync(join(home.folder, 'doctor-'));
    try {
      return `the app is in ${await installation.assembly(folder)}`;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** `lockstep doctor`: whether this machine has what the local cloud needs. */
export async function doctor(context: CommandContext): Promise<readonly Finding[]> {
  makeHome(context.home);
  const findings: Finding[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      findings.push({ name, ok: true, detail: await check(context) });
    } catch (error) {
      findings.push({ name, ok: false, detail: error instanceof Error ? error.message : String(error) });
    }
  }
  return findings;
}
