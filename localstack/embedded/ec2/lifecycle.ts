/**
 * The lives of instances: pending → running → shutting-down → terminated, each change told once. Whether a launch may
 * happen is decided before (./pools.ts); here it happens. Nothing else writes to an instance.
 */
import { type Ec2Event, interruptionWarning, rebalanceRecommended, stateChanged } from './events.ts';
import { bootHost, type HostProcess, type Site } from './host/host-process.ts';
import { type Instance, type InstanceState, type LaunchSpec, newId, newInstance } from './instance.ts';
import { createTimers } from './timers.ts';

export interface Lifecycle {
  readonly instances: ReadonlyMap<string, Instance>;
  /** Without a fate they live. */
  launch(spec: LaunchSpec, count: number, fate?: Fate): readonly Instance[];
  /** Starts the shutdown; resolves when the instance is terminated and no process of it is left. */
  terminate(instance: Instance, reason: Reason): Promise<void>;
  /** Power loss: every process dies at once. Silent: for `silentMs` nobody is told and it stays `running`. */
  crash(instance: Instance, silentMs?: number): Promise<void>;
  /** Spot's notice now, and its termination after `noticeMs`. */
  interrupt(instance: Instance, noticeMs: number): void;
  rebalance(instance: Instance): void;
  /** Kills every host at once. */
  stop(): Promise<void>;
}

/** How the hosts of a launch end: they lose power so long after they are running, or they never run, for this reason. */
export type Fate = { readonly dieAfterMs: number } | { readonly neverRuns: Reason };

export type Reason = { readonly code: string; readonly message: string };

export const USER_SHUTDOWN: Reason = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};
const OWN_SHUTDOWN: Reason = {
  code: 'Client.InstanceInitiatedShutdown',
  message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
};
const POWER_LOSS: Reason = {
  code: 'Server.InternalError',
  message: 'Server.InternalError: Internal error on launch or while running',
};
const SPOT: Reason = {
  code: 'Server.SpotInstanceTermination',
  message: 'Server.SpotInstanceTermination: Spot instance termination',
};

export function createLifecycle(site: Site, tell: (event: Ec2Event) => void): Lifecycle {
  const { settings } = site;
  const instances = new Map<string, Instance>();
  const hosts = new Map<string, Promise<HostProcess | undefined>>();
  const endings = new Map<string, Promise<void>>();
  const timers = createTimers();
  let stopped = false;

  function enter(instance: Instance, state: InstanceState): void {
    instance.state = state;
    if (state === 'terminated') {
      instance.endedAt = Date.now();
      instance.pid = undefined;
    }
    if (!stopped) tell(stateChanged(instance, settings));
  }

  async function run(instance: Instance): Promise<void> {
    if (instance.state !== 'pending' || stopped) return;
    enter(instance, 'running');
    const booting = bootHost(instance, site);
    hosts.set(
      instance.id,
      booting.catch(() => undefined),
    );
    try {
      const host = await booting;
      if (host === undefined) return;
      instance.pid = host.pid;
      void host.exited.then(() => (instance.impaired ? undefined : terminate(instance, OWN_SHUTDOWN)));
    } catch (error) {
      await terminate(instance, { code: 'Server.InternalError', message: `Server.InternalError: ${String(error)}` });
    }
  }

  function terminate(instance: Instance, reason: Reason): Promise<void> {
    const ending = endings.get(instance.id) ?? shutDown(instance, reason);
    endings.set(instance.id, ending);
    return ending;
  }

  async function shutDown(instance: Instance, reason: Reason): Promise<void> {
    instance.reason = reason;
    enter(instance, 'shutting-down');
    const host = await hosts.get(instance.id);
    if (host === undefined) await timers.sleep(settings.shutdownMs);
    else await host.stop(stopped || reason === POWER_LOSS ? 0 : settings.killGraceMs);
    enter(instance, 'terminated');
  }

  async function crash(instance: Instance, silentMs = 0): Promise<void> {
    if (instance.state === 'terminated') return;
    instance.impaired = true;
    await (await hosts.get(instance.id))?.stop(0);
    if (silentMs === 0) await terminate(instance, POWER_LOSS);
    else timers.after(silentMs, () => void terminate(instance, POWER_LOSS));
  }

  return {
    instances,
    terminate,
    crash,
    launch(spec, count, fate) {
      const reservationId = newId('r');
      const launched = Array.from({ length: count }, () => newInstance(spec, reservationId, Date.now()));
      for (const instance of launched) {
        instances.set(instance.id, instance);
        tell(stateChanged(instance, settings));
        timers.after(settings.bootMs, () => {
          if (fate !== undefined && 'neverRuns' in fate) void terminate(instance, fate.neverRuns);
          else void run(instance);
        });
        if (fate !== undefined && 'dieAfterMs' in fate)
          timers.after(settings.bootMs + fate.dieAfterMs, () => void crash(instance));
      }
      return launched;
    },
    interrupt(instance, noticeMs) {
      instance.interruptAt = Date.now() + noticeMs;
      tell(interruptionWarning(instance, settings));
      timers.after(noticeMs, () => void terminate(instance, SPOT));
    },
    rebalance: (instance) => tell(rebalanceRecommended(instance, settings)),
    async stop() {
      stopped = true;
      timers.clear();
      await Promise.all([...instances.values()].filter((one) => one.state !== 'terminated').map((one) => crash(one)));
      await Promise.all(endings.values());
    },
  };
}
