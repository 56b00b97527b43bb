import { type Candidate, poolOf } from '#core/fleet/candidates.ts';
import { clientToken } from '#core/fleet/client-token.ts';
import { afterQuota, afterShortage, type Cooldown } from '#core/fleet/cooldown.ts';
import type { CooldownStore, Fleet, LeaseStore } from '#core/fleet/ports.ts';
import type { LaunchResult } from '#core/fleet/records.ts';
import type { Cooldowns } from '#core/fleet/search.ts';
import type { Clock, Log } from '#core/system/ports.ts';

/** What a launch needs of the world. */
export interface LaunchPorts {
  readonly clock: Clock;
  readonly cooldowns: CooldownStore;
  readonly fleet: Fleet;
  readonly leases: LeaseStore;
  readonly log: Log;
}

export interface GangLaunch extends Candidate {
  readonly runId: string;
  readonly attempt: number;
  readonly round: number;
  readonly count: number;
  readonly expiresAtS: number;
  /** What is known of the pools before this launch. */
  readonly cooldowns: Cooldowns;
}

/** Launches from one candidate, with the intent written before, and what the answer teaches about the pool after. */
export async function launchGang(
  ports: LaunchPorts,
  { cooldowns, ...launch }: GangLaunch,
): Promise<{ readonly result: LaunchResult; readonly cooldowns: Cooldowns }> {
  const token = clientToken(launch);
  const pool = poolOf(launch);
  await ports.leases.intend(launch.runId, launch.attempt, launch.round, token);
  const result = await ports.fleet.launch({ ...launch, clientToken: token });
  const { runId, attempt, count } = launch;
  if (result.ok) {
    ports.log.info('hosts launched', { runId, attempt, pool, count });
    return { result, cooldowns };
  }
  ports.log.warn('launch refused', { runId, attempt, pool, count, code: result.code, failure: result.failure });
  const cooldown = cooldownAfter(result, cooldowns.get(pool), ports.clock.wallMs());
  if (cooldown === undefined) return { result, cooldowns };
  await ports.cooldowns.save(pool, cooldown);
  return { result, cooldowns: new Map([...cooldowns, [pool, cooldown]]) };
}

function cooldownAfter(
  { failure }: Extract<LaunchResult, { ok: false }>,
  before: Cooldown | undefined,
  nowMs: number,
): Cooldown | undefined {
  if (failure === 'capacity') return afterShortage(before, nowMs);
  return failure === 'quota' ? afterQuota(nowMs) : undefined;
}
