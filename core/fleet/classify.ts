import type { LaunchFailure } from './records.ts';

const EXACT: Readonly<Record<Exclude<LaunchFailure, 'unknown'>, readonly string[]>> = {
  capacity: [
    'InsufficientCapacity',
    'InsufficientHostCapacity',
    'InsufficientInstanceCapacity',
    'InsufficientReservedInstanceCapacity',
    'MaxSpotInstanceCountExceeded',
    'ReservationCapacityExceeded',
    'SpotMaxPriceTooLow',
    'UnfulfillableCapacity',
    // The type is not offered in this zone, but may be in the next one.
    'Unsupported',
  ],
  quota: ['InstanceLimitExceeded', 'VcpuLimitExceeded'],
  throttle: ['RequestLimitExceeded', 'Throttling'],
  transient: ['InternalError', 'ServiceUnavailable', 'Unavailable'],
  config: ['IdempotentParameterMismatch'],
  auth: ['AuthFailure', 'UnauthorizedOperation'],
};

/** Families of codes that all mean a mistake in the request or in the stack. */
const CONFIG_FAMILIES: readonly string[] = [
  'InvalidAMIID',
  'InvalidLaunchTemplate',
  'InvalidParameter',
  'InvalidSubnet',
];

const CLASSES = new Map(
  Object.entries(EXACT).flatMap(([failure, codes]) => codes.map((code) => [code, failure as LaunchFailure])),
);

/**
 * What an EC2 error code means for a launch. Only shortages send a gang on to the next candidate; a code that nobody
 * has thought about is `unknown` and ends the run with the raw code, never taken for a shortage.
 */
export function classify(code: string): LaunchFailure {
  const known = CLASSES.get(code);
  if (known !== undefined) return known;
  return CONFIG_FAMILIES.some((family) => code.startsWith(family)) ? 'config' : 'unknown';
}
