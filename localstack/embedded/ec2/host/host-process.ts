import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Guardian } from '#adapters/process/guardian.ts';
import { signalGroup } from '#adapters/process/signal.ts';
import { cacheFolder } from '#adapters/system/cache-folder.ts';
import { ENV } from '#core/names.ts';
import type { Instance } from '../instance.ts';
import type { FleetSettings } from '../settings.ts';
import { startMetadataService } from './imds.ts';
import { writeTools } from './made-up-tools.ts';
import { killAll, MARKER } from './marked-processes.ts';
import { packageSettings } from './package-settings.ts';
import type { TaskUids } from './task-uids.ts';
import { type AgentConfig, agentConfig } from './user-data.ts';

/** The agent of one running instance, and everything that it starts. */
export interface HostProcess {
  readonly pid: number;
  /** Resolves when the agent has ended, for whatever reason: the host powers off. */
  readonly exited: Promise<void>;
  /** SIGTERM, SIGKILL after the grace (0: SIGKILL at once), then nothing of the host is left. Safe to call twice. */
  stop(graceMs: number): Promise<void>;
}

export interface Site {
  readonly settings: FleetSettings;
  readonly guardian: Guardian;
  readonly taskUids: TaskUids;
}

/**
 * Starts the agent that the user data names, in a process group and a folder of its own. Undefined if the user data
 * names none: such an instance is a record without a process. Rejects if the agent's folder cannot be had.
 */
export async function bootHost(
  instance: Instance,
  { settings, guardian, taskUids }: Site,
): Promise<HostProcess | undefined> {
  const config = agentConfig(instance.userData);
  if (config === undefined || settings.resolveAsset === undefined) return undefined;
  const agentDir = await settings.resolveAsset(config.agentAsset);
  const folder = join(settings.stateDir, 'hosts', instance.id);
  mkdirSync(folder, { recursive: true });
  writeTools(join(folder, 'bin'), instance.type);
  const metadata = await startMetadataService(instance);
  const uid = taskUids.take();
  const env = { ...settings.hostEnv?.(), ...hostVariables(instance, folder, uid), ...agentVariables(config) };
  const agent = spawnAgent(join(agentDir, 'agent.mjs'), folder, {
    ...env,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
  });
  const pid = agent.pid;
  if (pid === undefined) {
    taskUids.release(uid);
    await metadata.close();
    throw new Error(`the agent could not be started: ${process.execPath} in ${folder}`);
  }
  guardian.watch(pid);
  const exited = new Promise<void>((resolve) => agent.once('exit', () => resolve()));
  return {
    pid,
    exited,
    async stop(graceMs) {
      if (graceMs > 0) {
        signalGroup(pid, 'SIGTERM');
        await Promise.race([exited, delay(graceMs, undefined, { ref: false })]);
      }
      signalGroup(pid, 'SIGKILL');
      await exited;
      await killAll(instance.id, pid, uid);
      taskUids.release(uid);
      guardian.unwatch(pid);
      await metadata.close();
    },
  };
}

function spawnAgent(program: string, folder: string, env: NodeJS.ProcessEnv): ChildProcess {
  const log = openSync(join(folder, 'agent.log'), 'a');
  try {
    return spawn(process.execPath, [program], { cwd: folder, detached: true, env, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
}

/** A host starts with a clean environment: of this machine's only the way to its programs is kept. */
function hostVariables(instance: Instance, folder: string, uid: number | undefined): Readonly<Record<string, string>> {
  const path = [join(folder, 'bin'), dirname(process.execPath), process.env.PATH ?? ''];
  return {
    PATH: path.join(delimiter),
    HOME: folder,
    [MARKER]: instance.id,
    LOCKSTEP_SCRATCH: folder,
    // Hosts of this machine come and go with each run; what they keep for the next one outlives them. Tasks that are kept
    // apart from one another share none of it.
    ...(uid === undefined ? { [ENV.hostCache]: join(cacheFolder(), 'hosts') } : { [ENV.taskUser]: String(uid) }),
    ...packageSettings(process.env),
  };
}

function agentVariables(config: AgentConfig): Readonly<Record<string, string>> {
  return {
    [ENV.table]: config.table,
    [ENV.bucket]: config.bucket,
    [ENV.deployment]: config.deployment,
    AWS_REGION: config.region,
    ...(config.agentRole !== undefined && { [ENV.agentRole]: config.agentRole }),
  };
}
