import type { Candidate } from './candidates.ts';

/** Everything that makes one launch a different one. */
export interface LaunchIdentity extends Candidate {
  readonly runId: string;
  readonly attempt: number;
  /** Raised whenever what an earlier launch returned may be gone: EC2 would answer an old token with dead hosts. */
  readonly round: number;
  readonly count: number;
}

/**
 * The idempotency token of a launch, at most 64 ASCII characters. The same launch has the same token on every machine,
 * so that a call repeated after a crash or a lost reply finds the hosts of the first one instead of buying more.
 */
export function clientToken(launch: LaunchIdentity): string {
  const { runId, attempt, round, instanceType, zone, market, count } = launch;
  return `ls-${fnv1a128(JSON.stringify([runId, attempt, round, instanceType, zone, market, count]))}`;
}

const OFFSET = 0x6c62272e07bb014262b821756295c58dn;
const PRIME = 0x0000000001000000000000000000013bn;

/** FNV-1a with 128 bits, in hexadecimal: enough against accidents, which are all that a token has to fear. */
function fnv1a128(text: string): string {
  let hash = OFFSET;
  for (let i = 0; i < text.length; i++) hash = BigInt.asUintN(128, (hash ^ BigInt(text.charCodeAt(i))) * PRIME);
  return hash.toString(16).padStart(32, '0');
}
