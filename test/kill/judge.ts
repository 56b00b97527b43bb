/** What is right after a kill. Pure: what happened in, what is wrong with it out. */
import type { Victim } from './victims.ts';

/** What a run with one kill came to. */
export interface Aftermath {
  readonly victim: Victim;
  /** False if nobody of that kind was there at the time, so that nothing was killed. */
  readonly hit: boolean;
  /** Exit code and signal of the command; undefined if it had not ended by the deadline. */
  readonly end: { readonly code: number | null; readonly signal: string | null } | undefined;
  /** What `--json` printed last. */
  readonly summary: Outcome | undefined;
  /** What the tasks added up. */
  readonly total: number | undefined;
  /** Processes that were left. */
  readonly left: readonly string[];
  /** Folders of clouds that were left after the next command. */
  readonly clouds: readonly string[];
}

/** The part of the command's JSON that is looked at. */
export interface Outcome {
  readonly ok: boolean;
  readonly code?: string;
  readonly message?: string;
  readonly hostsAcquired?: number;
  readonly hostsReleased?: number;
  readonly outputs?: string;
  readonly history?: readonly { readonly attempt: number; readonly chargedTo?: string; readonly why?: string }[];
}

/** What a kill of each kind may be charged to; nothing where a run must not notice. */
const CHARGED: Readonly<Record<Victim, readonly string[]>> = {
  task: ['user'],
  agent: ['infrastructure'],
  host: ['infrastructure'],
  function: [],
  guardian: [],
  command: [],
};

/** Everything that is wrong, a sentence each; empty if the end is right. */
export function wrongs(
  { victim, hit, end, summary, total, left, clouds }: Aftermath,
  expected: number,
): readonly string[] {
  const found: string[] = [];
  if (left.length > 0) found.push(`processes were left: ${left.join(', ')}`);
  if (clouds.length > 0) found.push(`clouds were left: ${clouds.join(', ')}`);
  if (end === undefined) return [...found, 'it hung'];
  if (victim === 'command' && hit) {
    return end.signal === 'SIGKILL' ? found : [...found, `expected the end by SIGKILL, got ${end.code ?? end.signal}`];
  }
  if (summary?.ok !== true || end.code !== 0) {
    return [...found, `it failed (${end.code}) with ${summary?.code}: ${summary?.message}`];
  }
  if (total !== expected) found.push(`the tasks came to ${total}, expected ${expected}`);
  if (summary.hostsAcquired !== summary.hostsReleased) {
    found.push(`${summary.hostsAcquired} hosts were acquired, ${summary.hostsReleased} released`);
  }
  const charges = (summary.history ?? []).flatMap(({ chargedTo }) => chargedTo ?? []);
  const allowed = hit ? CHARGED[victim] : [];
  const odd = charges.filter((one) => !allowed.includes(one));
  if (odd.length > 0) found.push(`${odd.join(', ')} was charged for the death of a ${victim}`);
  if (charges.length > 1) found.push(`one death was charged ${charges.length} times`);
  return found;
}
