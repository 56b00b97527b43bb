/** What a fleet emulator can be told. Everything has a default but the folder it writes to. */
export interface FleetOptions {
  /** Everything that hosts write is below `<stateDir>/hosts/<instance id>/`. */
  readonly stateDir: string;
  /** Port of the EC2 API and the control API. @default 0, a free one */
  readonly port?: number;
  /** @default us-east-1 */
  readonly region?: string;
  /** Twelve digits. @default 000000000000 */
  readonly account?: string;
  /** @default the region's a, b and c */
  readonly zones?: readonly string[];
  /** `"<type>/<zone>/<market>"` → hosts that the pool can supply at once. */
  readonly capacity?: Readonly<Record<string, number>>;
  /** Hosts of a pool of a known type that `capacity` does not name. @default 8 */
  readonly defaultCapacity?: number;
  /** `"<type>/<zone>"` pairs that answer `Unsupported`. */
  readonly notOffered?: readonly string[];
  /** Limits on vCPUs in use at once, by market. @default none */
  readonly vcpuQuota?: { readonly onDemand?: number; readonly spot?: number };
  /** From `pending` to `running`. @default 200 */
  readonly bootMs?: number;
  /** For so long after a launch Describe does not know the new ids. @default 0 */
  readonly describeLagMs?: number;
  /** From `shutting-down` to `terminated` for a host without a process. @default 50 */
  readonly shutdownMs?: number;
  /** From SIGTERM to SIGKILL of a host's processes. @default 1000 */
  readonly killGraceMs?: number;
  /** Seeds the probabilities of faults. @default 1 */
  readonly seed?: number;
  /** Turns the `agentAsset` of the user data into a folder that holds `agent.mjs`. Without it no host gets a process. */
  readonly resolveAsset?: (uri: string) => string | Promise<string>;
  /** Environment of every agent, read at each boot: endpoints, region, credentials that are not secret. */
  readonly hostEnv?: () => Readonly<Record<string, string>>;
}

export type FleetSettings = Required<Omit<FleetOptions, 'resolveAsset' | 'hostEnv'>> &
  Pick<FleetOptions, 'resolveAsset' | 'hostEnv'>;

export function withDefaults(options: FleetOptions): FleetSettings {
  const region = options.region ?? 'us-east-1';
  return {
    port: 0,
    region,
    account: '000000000000',
    zones: [`${region}a`, `${region}b`, `${region}c`],
    capacity: {},
    defaultCapacity: 8,
    notOffered: [],
    vcpuQuota: {},
    bootMs: 200,
    describeLagMs: 0,
    shutdownMs: 50,
    killGraceMs: 1000,
    seed: 1,
    ...options,
  };
}
