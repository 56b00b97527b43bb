import { type LivingProcess, readTable, type TableEntry } from './process-table.ts';

/** How often the table is read while tasks run: a process must live as long to be found after its parent has ended. */
const PERIOD_MS = 250;

/** Remembers what the members of some process groups start, whatever it does to its group and its environment. */
export interface Descendants {
  /** Those that are alive, as far as a look at the table has ever shown them. */
  living(): readonly LivingProcess[];
  close(): void;
}

/**
 * Looks again and again. One that is born, loses its parent and clears its environment between two looks is missed: only
 * a control group cannot be left in that way.
 */
export function watchDescendants(pgids: ReadonlySet<number>): Descendants {
  let known = new Map<number, TableEntry>();
  const poll = (): readonly TableEntry[] => {
    const table = readTable();
    const current = new Map(table.map((one) => [one.pid, one]));
    const members = new Map([...known].filter(([pid, one]) => current.get(pid)?.startTicks === one.startTicks));
    for (const one of table.filter(({ pgid }) => pgids.has(pgid))) members.set(one.pid, one);
    addRelatives(table, members);
    known = members;
    return [...members.values()];
  };
  const timer = setInterval(poll, PERIOD_MS);
  timer.unref();
  return { living: poll, close: () => clearInterval(timer) };
}

/** Adds children and sessions of members until there are no more; this process is nobody's task. */
function addRelatives(table: readonly TableEntry[], members: Map<number, TableEntry>): void {
  for (let before = -1; before !== members.size; ) {
    before = members.size;
    const sessions = new Set([...members.values()].map((one) => one.session));
    for (const one of table) {
      if (one.pid !== process.pid && (members.has(one.parent) || sessions.has(one.session))) members.set(one.pid, one);
    }
  }
}
