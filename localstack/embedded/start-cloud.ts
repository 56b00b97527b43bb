import { resolve } from 'node:path';
import type { CloudOptions, LocalCloud } from './cloud.ts';
import { cloudEnv } from './cloud-env.ts';
import { startSecrets } from './secrets/start-secrets.ts';
import { startCompute } from './start-compute.ts';
import { startLocalFleet } from './start-local-fleet.ts';
import { startStores } from './start-stores.ts';
import { Stopping } from './stopping.ts';
import { startSts } from './sts/start-sts.ts';
import { loadAssemblies } from './template/assembly.ts';
import { createResources } from './template/create-resources.ts';
import { loadStacks } from './template/stack.ts';

/**
 * Brings up the local cloud, see cloud.ts. If any part fails to start, those before it are stopped again.
 * LS_USAGE for a template that cannot be emulated, LS_PORT_BUSY for a port that is taken.
 */
export async function startCloud(options: CloudOptions): Promise<LocalCloud> {
  const stopping = new Stopping();
  try {
    return await start(options, stopping);
  } catch (error) {
    // Why it did not start matters more than what went wrong while cleaning up after it.
    await stopping.stop().catch(() => {});
    throw error;
  }
}

async function start(options: CloudOptions, stopping: Stopping): Promise<LocalCloud> {
  const assemblies = loadAssemblies(resolve(options.assemblyDir), options.stacks);
  const stateDir = resolve(options.stateDir);
  const port = portsFrom(options.port ?? 0);

  const stores = await startStores({ stateDir, port, warehouse: options.warehouse }, stopping);
  const stack = loadStacks(assemblies, { queueUrl: stores.queueUrl });
  await createResources(stack, stores);

  // Functions, hosts and rules reach every service, also those that start after them: they read this when they start.
  let env: Readonly<Record<string, string>> = {};
  const cloud = { stack, stores, stateDir, port, env: () => env };
  const fleet = await startLocalFleet({ ...cloud, capacity: options.capacity }, stopping);
  const compute = await startCompute({ ...cloud, fleet, codeCache: options.codeCache }, stopping);
  const secrets = await stopping.started(startSecrets(port()));
  const sts = await stopping.started(startSts(stack.roles, port()));
  env = cloudEnv(
    { ...stores.urls, ...compute.urls, ec2: fleet.url, sts: sts.url, secrets: secrets.url },
    stores.s3.lendsDir,
  );

  return {
    notEmulated: [...stack.notEmulated, ...compute.leftOut],
    ...{ env, outputs: stack.outputs, fleetControlUrl: fleet.controlUrl, offersDir: stores.s3.offersDir },
    onObjectCreated: (listener) => void stores.s3.onObjectCreated(listener),
    linkTo: (path, object) => stores.s3.linkTo(path, object),
    stop: () => stopping.stop(),
  };
}

/** Gives one port after the other from the first on; 0 leaves the choice to the system each time. */
function portsFrom(first: number): () => number {
  let next = first;
  return () => (first === 0 ? 0 : next++);
}
