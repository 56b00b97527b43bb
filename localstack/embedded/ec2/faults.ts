import type { Fate } from './lifecycle.ts';

/** What can be made to go wrong with one call of the EC2 API. */
export type Fault =
  /** The call is refused with this code; nothing happens. */
  | { readonly kind: 'error'; readonly code: string; readonly message?: string; readonly status?: number }
  /** The call is carried out, and the connection cut in place of an answer. */
  | { readonly kind: 'lost-reply' }
  /** The call is carried out after a delay. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Instances that the call launches die so long after they are running. */
  | { readonly kind: 'die'; readonly afterMs: number }
  /** Instances that the call launches end before they run, with this reason: a disk's key, for example, that cannot be used. */
  | { readonly kind: 'fail'; readonly code: string; readonly message?: string }
  /** A fleet without MinTargetCapacity gets so many instances less than it could have. */
  | { readonly kind: 'short'; readonly by: number };

export interface FaultRule {
  /** Name of the action, e.g. `RunInstances`. */
  readonly action: string;
  readonly fault: Fault;
  /** Calls that it strikes before it is spent. @default 1 */
  readonly times?: number;
  /** Chance that it strikes a call, drawn from the seed. @default 1 */
  readonly probability?: number;
}

export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  /** The fault that strikes this call, if any; the oldest rule that fits goes first. */
  strike(action: string): Fault | undefined;
}

/** What a fault of a launch means for its instances; undefined where they live. */
export function fateOf(fault: Fault | undefined): Fate | undefined {
  if (fault?.kind === 'die') return { dieAfterMs: fault.afterMs };
  if (fault?.kind !== 'fail') return undefined;
  return { neverRuns: { code: fault.code, message: fault.message ?? `${fault.code}: a fault that was set up` } };
}

export function createFaults(seed: number): Faults {
  const draw = seededDraws(seed);
  let rules: { readonly rule: FaultRule; left: number }[] = [];
  return {
    add: (rule) => void rules.push({ rule, left: rule.times ?? 1 }),
    clear: () => {
      rules = [];
    },
    strike(action) {
      const hit = rules.find(({ rule }) => rule.action === action && draw() < (rule.probability ?? 1));
      if (hit === undefined) return undefined;
      hit.left -= 1;
      rules = rules.filter(({ left }) => left > 0);
      return hit.rule.fault;
    },
  };
}

/** The mulberry32 generator: numbers from 0 to 1, the same ones for the same seed. */
function seededDraws(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
