/** Phases: the states of the two workflows in the words that people are shown. */
import type { StateVisit } from './ports.ts';

/** Name of a phase → seconds spent in it, in the order in which the phases were first entered. */
export type Phases = Readonly<Record<string, number>>;

interface PhaseRow {
  /** Phases that may follow if this one came to what it was for. */
  readonly leadsTo: readonly string[];
  readonly states: readonly string[];
}

/** A state that is not here, such as Route, Pause or Decide, belongs to the phase before it. */
const PHASES: Readonly<Record<string, PhaseRow>> = {
  stage: { leadsTo: ['acquire', 'plan'], states: ['Validate', 'Stage'] },
  acquire: { leadsTo: ['train'], states: ['Admit', 'Acquire'] },
  // An attempt that died is followed by the acquisition for the next one, or by the release.
  train: { leadsTo: ['publish'], states: ['Run'] },
  publish: { leadsTo: ['release'], states: ['Publish'] },
  // Of a training run it is the last; hosts that predicted go before the commit.
  release: { leadsTo: ['commit'], states: ['Release'] },
  plan: { leadsTo: ['infer', 'stage'], states: ['Plan'] },
  infer: { leadsTo: ['commit', 'release'], states: ['Partitions', 'Hosts'] },
  commit: { leadsTo: [], states: ['Commit'] },
};

const PHASE_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(PHASES).flatMap(([phase, { states }]) => states.map((state) => [state, phase] as const)),
);

/** `open`: not over. `failed`: it did not come to what it was for, whatever became of the run. */
export type PhaseOutcome = 'open' | 'done' | 'failed';

/** A stay in one phase, in epoch milliseconds. */
export interface Stay {
  readonly phase: string;
  readonly from: number;
  readonly to: number;
  readonly outcome: PhaseOutcome;
}

/** Joins the visits of states to stays in phases; the last one lasts until `now` if it is not over. */
export function stays(visits: readonly StateVisit[], now: number): readonly Stay[] {
  const all: Stay[] = [];
  for (const { state, enteredAt, exitedAt, hasFailed = false } of visits) {
    const last = all.at(-1);
    const own = PHASE_OF.get(state);
    const phase = own ?? last?.phase;
    if (phase === undefined) continue;
    const isSame = last?.phase === phase;
    const from = isSame ? last.from : enteredAt;
    // What comes between the states of a phase says nothing of how the phase went.
    const before = isSame && own === undefined ? last.outcome : 'done';
    const outcome = exitedAt === undefined ? 'open' : hasFailed ? 'failed' : before;
    const stay = { phase, from, to: exitedAt ?? now, outcome };
    if (isSame) all[all.length - 1] = stay;
    else all.push(stay);
  }
  return all.map((stay, i) => ({ ...stay, outcome: outcomeOf(stay, all[i + 1]) }));
}

function outcomeOf({ phase, outcome }: Stay, next: Stay | undefined): PhaseOutcome {
  if (next === undefined || outcome === 'failed') return outcome;
  return PHASES[phase]?.leadsTo.includes(next.phase) ? 'done' : 'failed';
}

/** Seconds of each phase, to the hundredth. */
export function phasesOf(all: readonly Pick<Stay, 'phase' | 'from' | 'to'>[]): Phases {
  const seconds: Record<string, number> = {};
  for (const { phase, from, to } of all) seconds[phase] = (seconds[phase] ?? 0) + (to - from) / 1000;
  return Object.fromEntries(Object.entries(seconds).map(([phase, s]) => [phase, Math.round(s * 100) / 100]));
}
