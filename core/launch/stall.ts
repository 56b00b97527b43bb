/** Hang detection without a framework: what tasks say of their progress, and for how long one said nothing. */

/** The newest step that a task reported. */
export interface StepMark {
  readonly rank: number;
  readonly step: number;
  /** When it last reported a step that was new, on the clock of the host. */
  readonly atMs: number;
}

/** Takes a report in: the same step again is no progress, another one is, also a lower one after going back. */
export function withStep(marks: readonly StepMark[], { rank, step, atMs }: StepMark): readonly StepMark[] {
  const known = marks.find((mark) => mark.rank === rank);
  if (known?.step === step) return marks;
  return [...marks.filter((mark) => mark !== known), { rank, step, atMs }];
}

/** A task that has waited for others until now stood still for their sake: it is counted afresh. */
export const withPause = (marks: readonly StepMark[], rank: number, untilMs: number): readonly StepMark[] =>
  marks.map((mark) => (mark.rank === rank ? { ...mark, atMs: untilMs } : mark));

/**
 * The task to end, if one is stalled: of those of this host that reported nothing new for `stallMs` the one that is
 * furthest behind, for the others wait for it. One that never reported is not known to be able to, and never stalled.
 */
export function stalled(marks: readonly StepMark[], nowMs: number, stallMs: number): StepMark | undefined {
  const silent = marks.filter(({ atMs }) => nowMs - atMs >= stallMs);
  return silent.toSorted((a, b) => a.step - b.step || a.rank - b.rank)[0];
}

export const stallReason = ({ step }: StepMark, stallS: number): string =>
  `it made no progress for ${stallS} s after step ${step} (limits.stallS)`;

/**
 * Whether a line of the log is progress: what stands between the stars of the pattern lies in it, in that order. No regular
 * expression, because some of those take for ever, and it is the agent that would.
 */
export function saysProgress(line: string, pattern: string): boolean {
  let from = 0;
  for (const part of pattern.split('*')) {
    const at = line.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return true;
}
