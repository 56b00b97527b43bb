import { misfit } from '../job/feasibility.ts';
import type { GangRequest, Market } from '../job/job.ts';
import type { Host } from './records.ts';

/** One way to acquire a gang: so many equal hosts from one pool. */
export interface Candidate {
  readonly instanceType: string;
  readonly zone: string;
  readonly market: Market;
}

export interface CandidatePlan {
  /** In the order in which they are tried: by market, then type, then zone, each in the order that the job gives. */
  readonly candidates: readonly Candidate[];
  /** Why the others are not there, one sentence each. */
  readonly refused: readonly string[];
}

/** Markets that need a reservation to aim at, which a job cannot name in this release. */
const NOT_OFFERED: readonly Market[] = ['capacity-block', 'reservation'];

/**
 * The ordered candidates of a gang. `zones` are those of the deployment's subnets; a job that names none may use all.
 * A plan without candidates is LS_JOB_IMPOSSIBLE, for the reasons in `refused`.
 */
export function planCandidates(gang: GangRequest, zones: readonly string[]): CandidatePlan {
  const wanted = gang.zones.length === 0 ? zones : gang.zones;
  const misfits = gang.instanceTypes.map((type) => misfit(gang, type));
  const refused = [
    ...gang.markets.filter((market) => NOT_OFFERED.includes(market)).map(notOffered),
    ...misfits.filter((reason) => reason !== undefined),
    ...wanted.filter((zone) => !zones.includes(zone)).map((zone) => `${zone} has no subnet of this deployment`),
  ];
  const markets = gang.markets.filter((market) => !NOT_OFFERED.includes(market));
  const types = gang.instanceTypes.filter((_, index) => misfits[index] === undefined);
  const reachable = wanted.filter((zone) => zones.includes(zone));
  const candidates = markets.flatMap((market) =>
    types.flatMap((instanceType) => reachable.map((zone) => ({ instanceType, zone, market }))),
  );
  return { candidates, refused };
}

/** Hosts that join others must be of their type and in their zone; only the market may differ. */
export function beside(candidates: readonly Candidate[], survivors: readonly Host[]): readonly Candidate[] {
  const [first] = survivors;
  if (first === undefined) return candidates;
  return candidates.filter((one) => one.instanceType === first.instanceType && one.zone === first.zone);
}

/** Name of the pool that a candidate draws from: `<type>/<zone>/<market>`. */
export const poolOf = ({ instanceType, zone, market }: Candidate): string => `${instanceType}/${zone}/${market}`;

const notOffered = (market: Market): string => `the market ${market} is not offered by this release`;
