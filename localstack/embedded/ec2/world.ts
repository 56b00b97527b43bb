import type { ClientTokens } from './client-tokens.ts';
import type { Fault } from './faults.ts';
import type { Instance } from './instance.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Places } from './places.ts';
import type { Pools } from './pools.ts';
import type { Params } from './query/params.ts';
import type { Xml } from './query/xml.ts';
import type { FleetSettings } from './settings.ts';

/** Everything that an action of the EC2 API can see. */
export interface FleetWorld {
  readonly settings: FleetSettings;
  readonly lifecycle: Lifecycle;
  readonly pools: Pools;
  readonly places: Places;
  readonly tokens: ClientTokens<LaunchOutcome>;
}

/** What a launch came to, kept so that its ClientToken can be answered again. */
export interface LaunchOutcome {
  readonly id: string;
  readonly instances: readonly Instance[];
  readonly errors: readonly { readonly code: string; readonly message: string; readonly pool: string }[];
}

export interface Call {
  readonly action: string;
  readonly params: Params;
  /** What was set up to go wrong with this call, after refusals and delays have been dealt with. */
  readonly fault: Fault | undefined;
}

/** One action of the EC2 API: the members of its answer, or an Ec2Error thrown. */
export type Action = (call: Call, world: FleetWorld) => Readonly<Record<string, Xml>>;
