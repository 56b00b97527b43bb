import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, inject } from 'vitest';
import type { TrainManifest } from '#core/training/published.ts';
import { type Command, lockstep, processesAfter, processesOf, stateFolder } from '../e2e/command.ts';
import type { Framework } from './install.ts';

export const installed = inject('installed');
/** False where the suite is to be done in minutes: one program for each contract, and what takes longer is left out. */
export const isWhole = process.env.LOCKSTEP_FRAMEWORKS === 'all';
export const isMissing = (name: Framework): boolean => installed.missing[name] !== undefined;

process.env.PATH = `${installed.bin}:${process.env.PATH}`;

const homes: ReturnType<typeof stateFolder>[] = [];
afterEach(() => {
  for (const home of homes.splice(0)) home.remove();
});

/** A training run of a job file in a cloud of its own. */
export interface Training {
  readonly home: string;
  readonly command: Command;
  /** Its manifest, once it has succeeded and left no process. */
  succeeded(): Promise<Succeeded>;
}

export interface Succeeded {
  readonly attempts: number;
  readonly manifest: TrainManifest;
  /** SHA-256 of a file of the result. */
  hash(name: string): string;
  path(name: string): string;
}

export function train(job: string, ...flags: readonly string[]): Training {
  const home = stateFolder();
  homes.push(home);
  const command = lockstep(home.path, ['train', job, '--json', '--logs', ...flags]);
  return { home: home.path, command, succeeded: () => succeeded(command, home.path) };
}

async function succeeded(command: Command, home: string): Promise<Succeeded> {
  const { summary, stderr } = await command.ended;
  expect(summary, stderr).toMatchObject({ ok: true });
  expect(await processesAfter(home, 10_000)).toEqual([]);
  const { attempts, outputs } = summary as unknown as { attempts: number; outputs: string };
  const manifest = JSON.parse(readFileSync(fileURLToPath(outputs), 'utf8')) as TrainManifest;
  const path = (name: string) => fileURLToPath(manifest.files[name]?.uri ?? `no file ${name}`);
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(path(name)))
      .digest('hex');
  return { attempts, manifest, hash, path };
}

/** Waits until a checkpoint can be gone on from and then a random while, and says how long, should a test fail. */
export async function atRandomStep({ command }: Training, mostMs: number): Promise<void> {
  await command.until(/saved step \d+/);
  const ms = Math.floor(Math.random() * mostMs);
  console.log(`strikes ${ms} ms after the first checkpoint`);
  await delay(ms);
}

export interface Victims {
  readonly commandLine: RegExp;
  /** Default: whatever it is. */
  readonly environment?: RegExp;
  /** How many of them at most. Default: all. */
  readonly most?: number;
}

/** Kills processes of a run with SIGKILL; returns how many. */
export function kill(home: string, { commandLine, environment = /(?:)/, most }: Victims): number {
  const pids = processesOf(home)
    .filter((pid) => commandLine.test(read(pid, 'cmdline')) && environment.test(read(pid, 'environ')))
    .slice(0, most);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  return pids.length;
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it ended while we looked
  }
}
