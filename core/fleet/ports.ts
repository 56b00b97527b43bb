/** The world as the fleet sees it: hosts from whatever provider, the right to them, and what is known of their pools. */
import type { Lease } from '../gang/state.ts';
import type { Cooldown } from './cooldown.ts';

/** Leases and launch intents. */
export interface LeaseStore {
  /** Written before the call to the cloud, so that a crash in between can be cleaned up. */
  intend(runId: string, attempt: number, round: number, token: string): Promise<void>;
  grant(leases: readonly Lease[]): Promise<void>;
  release(runId: string, instanceIds: readonly string[], atMs: number): Promise<void>;
  leases(runId: string): Promise<readonly Lease[]>;
  /** The live lease of an instance; an agent without one shuts its host down. */
  leaseOf(runId: string, instanceId: string): Promise<Lease | undefined>;
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

export interface LaunchRequest {
  readonly runId: string;
  readonly attempt: number;
  readonly round: number;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: 'capacity-block' | 'reservation' | 'spot' | 'on-demand';
  readonly count: number;
  /** At most 64 ASCII characters; the same token with the same request returns the first result. */
  readonly clientToken: string;
  /**
   * The dead-man's switch: epoch seconds at which the hosts shut themselves down whatever happens. A point in time, not
   * a span, because the same launch repeated must be the same request to the letter.
   */
  readonly expiresAtS: number;
}

export type LaunchFailure = 'capacity' | 'quota' | 'throttle' | 'transient' | 'config' | 'auth' | 'unknown';

export type LaunchResult =
  | { readonly ok: true; readonly hosts: readonly Host[] }
  | { readonly ok: false; readonly failure: LaunchFailure; readonly code: string; readonly message: string };

export interface Host {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: string;
  readonly state: 'pending' | 'running' | 'shutting-down' | 'stopping' | 'stopped' | 'terminated';
  readonly runId: string | undefined;
  readonly attempt: number | undefined;
  readonly launchedAt: number;
}
