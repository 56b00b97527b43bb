/**
 * A fleet emulator for one machine: EC2's Query API as far as launching, describing and ending instances goes, with
 * finite pools, all-or-none launches, token replay and the real error codes, and a host process for every instance
 * whose user data names an agent. docs/fleet.md describes the API, the control API, and what is left out.
 */
import { startGuardian } from '#adapters/process/guardian.ts';
import { listen } from '../http/listen.ts';
import { createClientTokens } from './client-tokens.ts';
import { CONTROL_PATH, serveControl } from './control-api.ts';
import type { Ec2Event } from './events.ts';
import { createFaults } from './faults.ts';
import { taskUids } from './host/task-uids.ts';
import { createLifecycle } from './lifecycle.ts';
import { createPlaces, type LaunchTemplate, type Subnet } from './places.ts';
import { createPools } from './pools.ts';
import { serveQuery } from './query/serve.ts';
import { type FleetOptions, withDefaults } from './settings.ts';
import type { FleetWorld } from './world.ts';

export interface LocalFleet {
  /** Endpoint for EC2 clients: `AWS_ENDPOINT_URL_EC2`. */
  readonly url: string;
  /** JSON control API. */
  readonly controlUrl: string;
  /** Hears what EC2 tells EventBridge: state changes, spot warnings, rebalance recommendations. Returns its end. */
  onEvent(listener: (event: Ec2Event) => void): () => void;
  /** Makes a launch template known, or replaces it. */
  putLaunchTemplate(template: LaunchTemplate): void;
  putSubnet(subnet: Subnet): void;
  /** Kills every host and closes every port. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts the emulator on loopback. LS_PORT_BUSY if a port was asked for and is taken. */
export async function startFleet(options: FleetOptions): Promise<LocalFleet> {
  const settings = withDefaults(options);
  const listeners = new Set<(event: Ec2Event) => void>();
  const guardian = startGuardian();
  const lifecycle = createLifecycle(
    { settings, guardian, taskUids: taskUids(process.env.LOCKSTEP_TASK_UIDS) },
    (event) => {
      for (const listener of listeners) listener(event);
    },
  );
  const world: FleetWorld = {
    settings,
    lifecycle,
    pools: createPools(settings, () => lifecycle.instances.values()),
    places: createPlaces(),
    tokens: createClientTokens(),
  };
  const api = { world, faults: createFaults(settings.seed) };
  const { url, close } = await listen((request, reply) => {
    const serve = request.url?.startsWith(`${CONTROL_PATH}/`) ? serveControl : serveQuery;
    void serve(request, reply, api);
  }, settings.port).catch(async (error) => {
    await guardian.close();
    throw error;
  });
  let stopping: Promise<void> | undefined;
  return {
    url,
    controlUrl: `${url}${CONTROL_PATH}`,
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    putLaunchTemplate: world.places.putTemplate,
    putSubnet: world.places.putSubnet,
    stop() {
      stopping ??= Promise.all([lifecycle.stop(), close()]).then(() => guardian.close());
      return stopping;
    },
  };
}
