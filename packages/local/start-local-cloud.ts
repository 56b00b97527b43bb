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
import { type Answer, STOP, type StartMessage } from './messages.ts';

export interface LocalCloudOptions {
  /**
   * Output folder of `cdk synth`, with one stack.
   * @default - Lockstep's own stack, as it is deployed
   */
  readonly assemblyDir?: string;
  /**
   * Everything that the cloud writes is below this folder, and stays there.
   * @default - a new folder of the system's temporary ones, removed by `stop`
   */
  readonly stateDir?: string;
  /**
   * First of some ten ports on 127.0.0.1.
   * @default - free ones
   */
  readonly port?: number;
  /**
   * Folder of the warehouse: `<database>/<table>.parquet`.
   * @default - none
   */
  readonly warehouse?: string;
  /**
   * `"<type>/<zone>/<market>"` → hosts that the pool can supply.
   * @default - as many as are asked for
   */
  readonly capacity?: Readonly<Record<string, number>>;
}

export interface LocalCloud {
  /** Variables that make any AWS SDK talk to this cloud: endpoints, region, credentials that are not secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Outputs of the stack, such as `BucketName` and `TrainingWorkflowArn`. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Control API of the fleet emulator: capacity, faults, instances, bill. */
  readonly fleetControlUrl: string;
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

function started(child: ChildProcess): Promise<Extract<Answer, { readonly started: unknown }>['started']> {
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
