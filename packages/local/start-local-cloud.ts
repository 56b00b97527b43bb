/**
 * `lockstep/local`: the local cloud for tests and programs of one's own.
 *
 *     const cloud = await startLocalCloud();
 *     const s3 = new S3Client({ endpoint: cloud.env.AWS_ENDPOINT_URL_S3, … });
 *     await cloud.stop();
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeProgram, noNode } from '../../cli/node-program.mjs';
import type { CloudAccess, CloudOptions } from '../../localstack/embedded/cloud.ts';
import { type Answer, STOP, type StartMessage } from './messages.ts';

/**
 * How to bring up a cloud. Without `assemblyDir` it has Lockstep's own stack, as it is deployed; without `stateDir` a new
 * folder of the system's temporary ones, which `stop` removes; without `warehouse` no tables.
 */
export interface LocalCloudOptions extends Partial<CloudOptions> {}

export interface LocalCloud extends CloudAccess {
  /** Stops every process and closes every port of the cloud. Safe to call twice. */
  stop(): Promise<void>;
}

/** A cloud that does not stop in this time is killed; guardians kill what it has started. */
const STOP_LIMIT_MS = 15_000;

/**
 * Brings up a cloud on loopback, in a process of its own that ends with this one, however this one ends. Rejects with the
 * reason, and `code` where it has one (docs/errors.md), if the stack cannot be emulated or a port is taken.
 */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const node = nodeProgram();
  if (node === undefined) throw new Error(noNode());
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'lockstep-cloud-'));
  const clean = () => {
    if (options.stateDir === undefined) rmSync(stateDir, { recursive: true, force: true, maxRetries: 3 });
  };
  const program = fileURLToPath(new URL('serve.js', import.meta.url));
  // A process group of its own: Ctrl-C in the terminal is for the program that uses the cloud.
  const child = fork(program, {
    execPath: node,
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    await ended(child, exited);
    clean();
  };
  try {
    child.send({ start: { ...options, stateDir } } satisfies StartMessage);
    const cloud = await started(child);
    // A program that forgets to stop its cloud still ends, and the cloud with it.
    child.unref();
    child.channel?.unref();
    return { ...cloud, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function started(child: ChildProcess): Promise<CloudAccess> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`the local cloud ended with ${signal ?? code} at its start`)),
    );
    child.once('message', (answer: Answer) => {
      if ('started' in answer) return resolve(answer.started);
      const { code, message } = answer.failed;
      reject(Object.assign(new Error(message), code !== undefined && { code }));
    });
  });
}

async function ended(child: ChildProcess, exited: Promise<void>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  if (child.connected) child.send(STOP, () => {});
  await exited;
  clearTimeout(timer);
}
