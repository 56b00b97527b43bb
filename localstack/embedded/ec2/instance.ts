import { randomBytes } from 'node:crypto';

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated';
export type PoolMarket = 'on-demand' | 'spot';

/** What a launch fixes for the life of an instance. */
export interface LaunchSpec {
  readonly type: string;
  readonly zone: string;
  readonly market: PoolMarket;
  readonly imageId: string;
  readonly subnetId: string | undefined;
  readonly launchTemplateId: string | undefined;
  /** Base64. */
  readonly userData: string | undefined;
  /** True if the instance may read its own tags from its metadata service. */
  readonly metadataTags: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly clientToken: string | undefined;
}

/** An instance as the emulator knows it; only the lifecycle changes it. */
export interface Instance extends LaunchSpec {
  readonly id: string;
  readonly reservationId: string;
  readonly launchedAt: number;
  readonly currentTags: Map<string, string>;
  state: InstanceState;
  reason: { readonly code: string; readonly message: string } | undefined;
  /** When its state became `terminated`; what the bill ends with. */
  endedAt: number | undefined;
  /** When spot will take it away; set by the two-minute notice. */
  interruptAt: number | undefined;
  /** True once its kernel is dead although EC2 still says `running`. */
  impaired: boolean;
  /** Process id of its agent. */
  pid: number | undefined;
}

export const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
};

/** An id in EC2's form: a prefix and 17 hexadecimal digits. */
export const newId = (prefix: string): string => `${prefix}-${randomBytes(9).toString('hex').slice(0, 17)}`;

export function newInstance(spec: LaunchSpec, reservationId: string, nowMs: number): Instance {
  return {
    ...spec,
    id: newId('i'),
    reservationId,
    launchedAt: nowMs,
    currentTags: new Map(Object.entries(spec.tags)),
    state: 'pending',
    reason: undefined,
    endedAt: undefined,
    interruptAt: undefined,
    impaired: false,
    pid: undefined,
  };
}
