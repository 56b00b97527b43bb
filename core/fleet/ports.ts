/** The world as the fleet sees it: hosts from whatever provider, the right to them, and what is known of their pools. */
import type { Cooldown } from './cooldown.ts';
import type { Host, LaunchRequest, LaunchResult, Lease } from './records.ts';

/** Leases and launch intents. */
export interface LeaseStore {
  /** Written before the call to the cloud, so that a crash in between can be cleaned up. */
  intend(runId: string, attempt: number, round: number, token: string): Promise<void>;
  grant(leases: readonly Lease[]): Promise<void>;
  /**
   * Makes the leases of these hosts ones of this attempt: it goes on with what the one before had. False if a host has no
   * lease, or one of a later attempt; some of the others may be extended then.
   */
  extend(runId: string, instanceIds: readonly string[], attempt: number, signal?: AbortSignal): Promise<boolean>;
  /**
   * Ends the leases of these hosts, but none of a later attempt than `attempt` where that is given. Answers with the hosts
   * that have no lease now: those that are left belong to somebody who came later, and must not be ended.
   */
  release(runId: string, instanceIds: readonly string[], end: LeaseEnd): Promise<readonly string[]>;
  leases(runId: string): Promise<readonly Lease[]>;
  /** The live lease of an instance; an agent without one shuts its host down. */
  leaseOf(runId: string, instanceId: string, signal?: AbortSignal): Promise<Lease | undefined>;
  /** The run that an instance was ever leased to; undefined for one that is none of ours. */
  runOf(instanceId: string): Promise<string | undefined>;
}

export interface LeaseEnd {
  /** Epoch milliseconds, for the ledger. */
  readonly atMs: number;
  /** The attempt that whoever releases acts for. @default any */
  readonly attempt?: number;
}

/** Hosts, from whatever provider. */
export interface Fleet {
  /** All `request.count` hosts or none; never throws for a shortage, see LaunchResult. */
  launch(request: LaunchRequest): Promise<LaunchResult>;
  /** Every host of this deployment that is not terminated, from the provider itself, not from our records. */
  list(filter: { readonly runId?: string }): Promise<readonly Host[]>;
  terminate(instanceIds: readonly string[]): Promise<void>;
  /** Hosts of the list that are not confirmed as terminated. */
  remaining(instanceIds: readonly string[]): Promise<readonly string[]>;
  /** These hosts as the provider knows them, terminated ones while it still remembers them; unknown ones are left out. */
  find(instanceIds: readonly string[]): Promise<readonly Host[]>;
}

/** Pools that lately had nothing to give, shared between gangs so that not each of them asks again at once. */
export interface CooldownStore {
  /** Pool → cool-down; pools without one are not in the map. */
  read(pools: readonly string[]): Promise<ReadonlyMap<string, Cooldown>>;
  save(pool: string, cooldown: Cooldown): Promise<void>;
}
