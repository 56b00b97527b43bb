import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemIds } from '#adapters/system/ids.ts';
import type { LocalSettings } from '#core/job/job.ts';
import { codeCacheFolder } from '../code-cache.mjs';
import { type Home, makeHome } from '../home.ts';
import { installation } from '../installation.ts';
import type { Interrupt } from '../interrupt.ts';
import { publishedKeeper } from '../models/keep-published.ts';
import { type Cloud, connectCloud } from './cloud.ts';
import { type CloudFile, cloudId, functionLogsIn, stateIn, writeCloudFile } from './cloud-file.ts';
import { watchDisk } from './watch-disk.ts';

export interface EmbeddedOptions extends Pick<LocalSettings, 'warehouse' | 'capacity'> {
  readonly home: Home;
  readonly interrupt: Interrupt;
  readonly shared: boolean;
  readonly say: (text: string) => void;
  readonly port?: number;
  /** Makes the assembly of an app of one's own, in this folder or elsewhere, and returns where it is. @default Lockstep's own app */
  readonly assembly?: (folder: string, signal: AbortSignal) => Promise<string>;
  /** Stacks of that app. @default all */
  readonly stacks?: readonly string[];
}

export interface EmbeddedCloud {
  readonly cloud: Cloud;
  readonly file: CloudFile;
}

/** Starts a cloud in this process, in a folder of its own that is removed when it stops. Models that it publishes stay. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedCloud> {
  const { home, interrupt, shared, say, port, warehouse, capacity, stacks } = options;
  makeHome(home);
  const folder = join(home.clouds, cloudId(systemIds.next()));
  mkdirSync(folder, { recursive: true });
  const codeCache = newCodeCache();
  let endWatch = () => {};
  try {
    endWatch = watchDisk(folder, interrupt.abort);
    const assembling = (options.assembly ?? installation.assembly)(folder, interrupt.signal);
    // Loaded while another process looks whether the assembly is of these sources.
    const [assemblyDir, { startCloud }] = await Promise.all([
      assembling,
      import('../../localstack/embedded/start-cloud.ts'),
    ]);
    const local = await startCloud({
      assemblyDir,
      stateDir: stateIn(folder),
      ...(codeCache !== undefined && { codeCache }),
      ...(port !== undefined && { port }),
      ...(stacks !== undefined && { stacks }),
      ...(warehouse !== undefined && { warehouse }),
      ...(capacity !== undefined && { capacity }),
    });
    const { env, outputs, fleetControlUrl, offersDir } = local;
    for (const line of local.notEmulated) say(`Left out: ${line}`);
    const stop = async () => {
      endWatch();
      await local.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    };
    interrupt.onForce(stop);
    const settled = () => keeper.settled();
    // What could not be kept has been said, and is no reason to leave the cloud up.
    const close = () =>
      settled()
        .catch(() => {})
        .then(stop);
    const traits = {
      ...{ fleetControlUrl, functionLogs: functionLogsIn(folder), copiesOutputs: true, pollMs: 250 },
      ...{ settled, close },
      keepAt: (path: string, uri: string) => local.linkTo(path, placeOf(uri)),
    };
    const cloud = connectCloud({ name: 'local', outputs, env, offersDir }, traits);
    const keeper = publishedKeeper(cloud, home, say);
    local.onObjectCreated(keeper.onObject);
    const file: CloudFile = {
      ...{ pid: process.pid, startedAt: Date.now(), shared, env, outputs, fleetControlUrl, offersDir },
      ...(warehouse !== undefined && { warehouse }),
    };
    writeCloudFile(folder, file);
    return { cloud, file };
  } catch (error) {
    endWatch();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    throw error;
  }
}

/** The folder for compiled code, which later commands use too; undefined where none can be made: it only saves time. */
function newCodeCache(): string | undefined {
  const folder = codeCacheFolder();
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch {
    return undefined;
  }
}

/** `s3://bucket/a/key` in its parts. */
function placeOf(uri: string): { readonly bucket: string; readonly key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
  return { bucket, key };
}
