import type { StateVisit } from '#core/runs/ports.ts';

/** Name of a phase → seconds spent in it, in the order in which the phases were first entered. */
export type Phases = Readonly<Record<string, number>>;

/** States of the two workflows, in the words that people are shown. A state that is not here belongs to the one before. */
const PHASE_OF: Readonly<Record<string, string>> = {
  Validate: 'stage',
  Stage: 'stage',
  Admit: 'acquire',
  Acquire: 'acquire',
  Run: 'train',
  Decide: 'train',
  Publish: 'publish',
  Release: 'release',
  Plan: 'plan',
  Partitions: 'infer',
  Commit: 'commit',
};

/** A stay in one phase, in epoch milliseconds. */
export interface Stay {
  readonly phase: string;
  readonly from: number;
  readonly to: number;
}

/** Joins the visits of states to stays in phases; the last one lasts until `now` if it is not over. */
export function stays(visits: readonly StateVisit[], now: number): readonly Stay[] {
  const all: Stay[] = [];
  for (const { state, enteredAt, exitedAt = now } of visits) {
    const last = all.at(-1);
    const phase = PHASE_OF[state] ?? last?.phase;
    if (phase === undefined) continue;
    if (last?.phase === phase) all[all.length - 1] = { ...last, to: exitedAt };
    else all.push({ phase, from: enteredAt, to: exitedAt });
  }
  return all;
}

export function phasesOf(all: readonly Stay[]): Phases {
  const seconds: Record<string, number> = {};
  for (const { phase, from, to } of all) seconds[phase] = (seconds[phase] ?? 0) + (to - from) / 1000;
  return Object.fromEntries(Object.entries(seconds).map(([phase, s]) => [phase, Math.round(s * 100) / 100]));
}
