/** Hosts, as whatever provider describes them, and the right of a run to one. Times are epoch milliseconds. */
import type { Market } from '../job/job.ts';

export interface Host {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: string;
  readonly state: 'pending' | 'running' | 'shutting-down' | 'stopping' | 'stopped' | 'terminated';
  readonly runId: string | undefined;
  readonly attempt: number | undefined;
  readonly launchedAt: number;
  /** Why it ends or has ended, in the provider's own words, where it says, and what to do; not of one that was asked to end. */
  readonly reason?: string;
  /** The provider's code for it, such as `Client.InternalError`. */
  readonly reasonCode?: string;
}

export interface LaunchRequest {
  readonly runId: string;
  readonly attempt: number;
  readonly round: number;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: Market;
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
  | {
      readonly ok: false;
      readonly failure: LaunchFailure;
      readonly code: string;
      readonly message: string;
      /** Hosts that are there all the same, of a launch that is not whole: for whoever asked to give back. Default none. */
      readonly left?: readonly Host[];
    };

/** The right of one attempt to one instance, and the line of the ledger that it costs. */
export interface Lease {
  readonly runId: string;
  readonly attempt: number;
  readonly instanceId: string;
  readonly instanceType: string;
  readonly zone: string;
  readonly market: string;
  /** Epoch milliseconds, for the ledger. */
  readonly acquiredAt: number;
  readonly releasedAt?: number;
}
