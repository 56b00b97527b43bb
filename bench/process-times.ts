/** Processor time of a process and of everything below it, by what each is. Linux only: elsewhere there is no `/proc`. */
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of a second. */
const HERTZ = 100;

interface Seen {
  readonly parent: number;
  readonly cpuS: number;
}

/** Adds up what processes have used, as often as it is asked to look; those that have ended keep what was seen last. */
export class ProcessTimes {
  readonly #root: number;
  readonly #cpuS = new Map<number, number>();
  readonly #names = new Map<number, string>();

  constructor(root: number) {
    this.#root = root;
  }

  look(): void {
    const all = running();
    const below = new Set([this.#root, ...this.#names.keys()]);
    for (let size = 0; size !== below.size; ) {
      size = below.size;
      for (const [pid, { parent }] of all) if (below.has(parent)) below.add(pid);
    }
    for (const pid of below) {
      const seen = all.get(pid);
      if (seen === undefined) continue;
      this.#cpuS.set(pid, seen.cpuS);
      // A process is named by what it runs, which it becomes only after it was born.
      if (!this.#names.get(pid)?.startsWith('function')) this.#names.set(pid, this.#nameOf(pid));
    }
  }

  /** Seconds by name. */
  totals(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const [pid, name] of this.#names) sums.set(name, (sums.get(name) ?? 0) + (this.#cpuS.get(pid) ?? 0));
    return sums;
  }

  #nameOf(pid: number): string {
    if (pid === this.#root) return 'command';
    const handler = /_HANDLER=([\w-]+)/.exec(read(`/proc/${pid}/environ`))?.[1];
    return handler === undefined ? 'others' : `function ${handler}`;
  }
}

function running(): ReadonlyMap<number, Seen> {
  const all = new Map<number, Seen>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    const stat = read(`/proc/${name}/stat`);
    // Counted behind the command's name, which may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (stat === '') continue;
    all.set(Number(name), { parent: Number(fields[1]), cpuS: (Number(fields[11]) + Number(fields[12])) / HERTZ });
  }
  return all;
}

/** Empty for a process that has ended meanwhile, or is somebody else's. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
