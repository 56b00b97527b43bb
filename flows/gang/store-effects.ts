import type { LeaseStore } from '#core/fleet/ports.ts';
import type { AgentIdentity } from '#core/gang/agent/agent.ts';
import type { StoreEffect, View } from '#core/gang/agent/effects.ts';
import type { BarrierStore, Callback, ControlStore, MemberStore } from '#core/gang/ports.ts';
import type { Roster } from '#core/gang/records.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import { restartGang } from './restart-gang.ts';

/** What an agent needs of the world. */
export interface StorePorts {
  readonly clock: Clock;
  readonly control: ControlStore;
  readonly members: MemberStore;
  readonly barriers: BarrierStore;
  readonly leases: LeaseStore;
  readonly callback: Callback;
  readonly log: Log;
}

/** Who asks, and until when: the signal aborts a request that the asker has given up. */
export interface Ask {
  readonly self: AgentIdentity;
  readonly signal: AbortSignal;
}

/** Performs one effect through the ports and says what was seen. Rejects where a store does not answer. */
export async function performStoreEffect(ports: StorePorts, ask: Ask, effect: StoreEffect): Promise<View> {
  const { self, signal } = ask;
  const { runId, instanceId } = self;
  switch (effect.type) {
    case 'read':
      return await read(ports, ask, effect);
    case 'readBarrier':
      return await readBarrier(ports, ask, effect);
    case 'writeControl': {
      const { write, roster } = effect;
      const result = await (roster === undefined
        ? ports.control.write(write, signal)
        : ports.control.commit(write, { roster }, signal));
      return {
        ...(result.control === undefined ? {} : { control: result.control }),
        ...(result.won && roster !== undefined ? { roster } : {}),
      };
    }
    case 'restart': {
      const { won, control } = await restartGang(ports, effect.restart, signal);
      return defined({ control, roster: won ? effect.restart.roster : undefined });
    }
    case 'putMember': {
      const member = await ports.members.put(effect.member, signal);
      return member === undefined ? {} : { member };
    }
    case 'beat':
      await ports.members.beat(runId, effect.attempt, instanceId, signal);
      return {};
    case 'arrive': {
      const { attempt, epoch } = effect;
      const arrivals = await ports.barriers.arrive({ runId, attempt, epoch }, effect.arrivals, signal);
      return { arrivals: { epoch, arrivals } };
    }
    case 'callback':
      await ports.callback.succeed(runId, { phase: effect.control.phase, attempt: effect.control.attempt }, signal);
      return {};
    case 'callbackHeartbeat':
      await ports.callback.heartbeat(runId, signal);
      return {};
  }
}

type Effect<T extends StoreEffect['type']> = Extract<StoreEffect, { type: T }>;

async function read(ports: StorePorts, { self, signal }: Ask, { attempt, what }: Effect<'read'>): Promise<View> {
  const { runId, instanceId } = self;
  const ifAsked = async <T>(key: (typeof what)[number], value: () => Promise<T>) =>
    what.includes(key) ? await value() : undefined;
  const [control, roster, previousRoster, members, beats, leased] = await Promise.all([
    ifAsked('control', () => ports.control.read(runId, signal)),
    ifAsked('roster', () => ports.control.roster(runId, attempt, signal)),
    ifAsked('previousRoster', () => lastRosterBefore(ports.control, { runId, attempt, signal })),
    ifAsked('members', () => ports.members.list(runId, attempt, signal)),
    ifAsked('beats', () => ports.members.beats(runId, attempt, signal)),
    ifAsked('lease', async () => (await ports.leases.leaseOf(runId, instanceId, signal)) !== undefined),
  ]);
  return defined({ control, roster, previousRoster, members, beats, leased });
}

async function readBarrier(ports: StorePorts, { self, signal }: Ask, effect: Effect<'readBarrier'>): Promise<View> {
  const { attempt, epoch } = effect;
  const at = { runId: self.runId, attempt, epoch };
  const arrivals = await ports.barriers.arrivals(at, signal);
  const worldSize = arrivals?.ranks.length ?? 0;
  const payloads = effect.payloads ? await ports.barriers.payloads(at, worldSize, signal) : undefined;
  return {
    ...(arrivals === undefined ? {} : { arrivals: { epoch, arrivals } }),
    ...(payloads === undefined ? {} : { payloads: { epoch, payloads } }),
  };
}

/** An attempt can end before it is sealed, so the latest roster may be several attempts back. */
async function lastRosterBefore(
  control: ControlStore,
  { runId, attempt, signal }: { readonly runId: string; readonly attempt: number; readonly signal: AbortSignal },
): Promise<Roster | undefined> {
  for (let earlier = attempt - 1; earlier >= 0; earlier--) {
    const roster = await control.roster(runId, earlier, signal);
    if (roster !== undefined) return roster;
  }
  return undefined;
}

function defined<T extends object>(view: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined)) as never;
}
