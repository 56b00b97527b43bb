import type { LeaseStore } from '#core/fleet/ports.ts';
import type { AgentIdentity } from '#core/gang/agent/agent.ts';
import type { StoreEffect, View } from '#core/gang/agent/effects.ts';
import type { BarrierStore, Callback, ControlStore, MemberStore } from '#core/gang/ports.ts';
import type { Roster } from '#core/gang/records.ts';
import type { Clock, Log } from '#core/system/ports.ts';

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

/** Performs one effect through the ports and says what was seen. Rejects where a store does not answer. */
export async function performStoreEffect(ports: StorePorts, self: AgentIdentity, effect: StoreEffect): Promise<View> {
  const { runId, instanceId } = self;
  switch (effect.type) {
    case 'read':
      return await read(ports, self, effect);
    case 'readBarrier':
      return await readBarrier(ports, runId, effect);
    case 'writeControl': {
      const { write, roster } = effect;
      const result = await (roster === undefined ? ports.control.write(write) : ports.control.seal(write, roster));
      return {
        ...(result.control === undefined ? {} : { control: result.control }),
        ...(result.won && roster !== undefined ? { roster } : {}),
      };
    }
    case 'join':
      return (await ports.members.join(effect.member)) ? { member: effect.member } : {};
    case 'updateMember':
      return (await ports.members.update(effect.member)) ? { member: effect.member } : {};
    case 'beat':
      await ports.members.beat(runId, effect.attempt, instanceId);
      return {};
    case 'arrive': {
      const { attempt, epoch } = effect;
      return {
        arrivals: { epoch, arrivals: await ports.barriers.arrive({ runId, attempt, epoch }, effect.arrivals) },
      };
    }
    case 'callback':
      await ports.callback.succeed(runId, { phase: effect.control.phase, attempt: effect.control.attempt });
      return {};
    case 'callbackHeartbeat':
      await ports.callback.heartbeat(runId);
      return {};
  }
}

type Effect<T extends StoreEffect['type']> = Extract<StoreEffect, { type: T }>;

async function read(ports: StorePorts, self: AgentIdentity, { attempt, what }: Effect<'read'>): Promise<View> {
  const { runId, instanceId } = self;
  const ask = async <T>(key: (typeof what)[number], value: () => Promise<T>) =>
    what.includes(key) ? await value() : undefined;
  const [control, roster, previousRoster, members, beats, leased] = await Promise.all([
    ask('control', () => ports.control.read(runId)),
    ask('roster', () => ports.control.roster(runId, attempt)),
    ask('previousRoster', () => lastRosterBefore(ports.control, runId, attempt)),
    ask('members', () => ports.members.list(runId, attempt)),
    ask('beats', () => ports.members.beats(runId, attempt)),
    ask('lease', async () => (await ports.leases.leaseOf(runId, instanceId)) !== undefined),
  ]);
  return defined({ control, roster, previousRoster, members, beats, leased });
}

async function readBarrier(ports: StorePorts, runId: string, effect: Effect<'readBarrier'>): Promise<View> {
  const { attempt, epoch } = effect;
  const at = { runId, attempt, epoch };
  const arrivals = await ports.barriers.arrivals(at);
  const worldSize = arrivals?.ranks.length ?? 0;
  const payloads = effect.payloads ? await ports.barriers.payloads(at, worldSize) : undefined;
  return {
    ...(arrivals === undefined ? {} : { arrivals: { epoch, arrivals } }),
    ...(payloads === undefined ? {} : { payloads: { epoch, payloads } }),
  };
}

/** An attempt can end before it is sealed, so the latest roster may be several attempts back. */
async function lastRosterBefore(control: ControlStore, runId: string, attempt: number): Promise<Roster | undefined> {
  for (let earlier = attempt - 1; earlier >= 0; earlier--) {
    const roster = await control.roster(runId, earlier);
    if (roster !== undefined) return roster;
  }
  return undefined;
}

function defined<T extends object>(view: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== undefined)) as never;
}
