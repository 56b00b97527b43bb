/**
 * How much of the machine others used while a sample was taken. A sample on a noisy machine says something of the
 * neighbours and nothing of the arm, so it is thrown away and taken again.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Processor time in clock ticks: of the whole machine, and of this process with every child that it has waited for. */
export interface Ticks {
  readonly machine: number;
  readonly own: number;
}

/** Linux only: elsewhere there is no `/proc`, and every sample counts. */
export function ticks(): Ticks | undefined {
  try {
    const [, user, nice, system, , , irq, softirq] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
      .split(/\s+/)
      .map(Number);
    // Fields 14 to 17, counted behind the command's name, which may hold spaces.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const own = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number);
    const sum = (all: readonly (number | undefined)[]) => all.reduce<number>((total, one) => total + (one ?? 0), 0);
    return { machine: sum([user, nice, system, irq, softirq]), own: sum(own) };
  } catch {
    return undefined;
  }
}

/** Share of all processors that others had between two readings, 0 … 1. `hertz` is the ticks of a second. */
export function foreignShare(before: Ticks, after: Ticks, seconds: number, hertz = 100): number {
  const foreign = after.machine - before.machine - (after.own - before.own);
  return Math.max(0, foreign / (seconds * hertz * availableParallelism()));
}
