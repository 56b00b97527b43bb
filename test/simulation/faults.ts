import type { Dice } from './dice.ts';
import type { SimHost } from './sim-host.ts';

/** What goes wrong, and when. The plan is data, so that a failing seed can be read. */
export interface Fault {
  readonly atMs: number;
  readonly kind:
    | 'crash a task'
    | 'end a task early'
    | 'kill a host'
    | 'pause a host'
    | 'cut a host off'
    | 'give notice';
  readonly forMs: number;
}

const KINDS: readonly Fault['kind'][] = [
  'crash a task',
  'crash a task',
  'end a task early',
  'kill a host',
  'kill a host',
  'pause a host',
  'cut a host off',
  'give notice',
];

/** None to three faults within the first half minute, while a gang forms, starts, meets and ends. */
export function planFaults(dice: Dice): readonly Fault[] {
  return Array.from({ length: dice.between(0, 3) }, () => ({
    atMs: dice.between(500, 30_000),
    kind: dice.pick(KINDS),
    forMs: dice.between(1_000, 60_000),
  })).sort((a, b) => a.atMs - b.atMs);
}

/** When the last of them is over, and whatever follows is the gang's own doing. */
export const overAtMs = (faults: readonly Fault[]): number =>
  Math.max(0, ...faults.map(({ atMs, forMs, kind }) => (kind === 'pause a host' ? atMs + forMs : atMs)));

export function strike(fault: Fault, host: SimHost): void {
  switch (fault.kind) {
    case 'crash a task':
      host.exitTask({ code: 1, signal: null, message: 'boom', stopped: false });
      return;
    case 'end a task early':
      host.exitTask({ code: 0, signal: null, stopped: false });
      return;
    case 'kill a host':
      host.kill();
      return;
    case 'pause a host':
      host.pause(fault.forMs);
      return;
    case 'cut a host off':
      host.line.isCut = true;
      return;
    case 'give notice':
      host.notice();
  }
}
