/** One way to do the same work: a peer's or ours. Arms of a race take turns, and each sample is a whole process. */
export interface Arm {
  readonly name: string;
  /** Laps that are enough for one that takes long. @default those of the race */
  readonly laps?: number;
  /** Does the work once; seconds of the work by itself, where the arm can tell them apart from its start. */
  run(): Promise<Lap>;
}

export interface Lap {
  /** From the start of the process to its end. */
  readonly wholeS: number;
  /** Without the start; undefined where the arm does not say. */
  readonly workS?: number;
}

/** What the race of some arms came to; samples in the order in which they were taken. */
export interface Race {
  readonly name: string;
  /** What is held against it, in words. */
  readonly reach?: string;
  readonly arms: readonly { readonly name: string; readonly laps: readonly Lap[] }[];
  /** Samples that were thrown away because others used too much of the machine. */
  readonly noisy: number;
  /** Why there is nothing to compare, where an arm failed or the arms came to different things. */
  readonly notRun?: string;
}

export interface RaceOptions {
  readonly laps: number;
  /** Share of the machine that others may have during a sample. */
  readonly foreignMax: number;
  readonly share: (work: () => Promise<Lap>) => Promise<{ readonly lap: Lap; readonly foreign: number }>;
  /** Holds what the arms came to against each other, once each has run. Throws where it differs. */
  readonly check?: () => Promise<void>;
}

/** After so many seconds thrown away the machine is what it is: the race goes on with what it has, and says so. */
const NOISY_S_MAX = 30;

/** Runs the arms in turn, `laps` times each after one lap that does not count. */
export async function race(name: string, arms: readonly Arm[], options: RaceOptions): Promise<Race> {
  const laps = new Map(arms.map((arm) => [arm.name, [] as Lap[]]));
  let noisy = 0;
  let thrownS = 0;
  for (const arm of arms) await arm.run();
  await options.check?.();
  for (let turn = 0; turn < options.laps; turn++) {
    for (const arm of arms.filter((one) => turn < (one.laps ?? options.laps))) {
      for (;;) {
        const { lap, foreign } = await options.share(() => arm.run());
        if (foreign > options.foreignMax && thrownS < NOISY_S_MAX) {
          noisy += 1;
          thrownS += lap.wholeS;
          continue;
        }
        laps.get(arm.name)?.push(lap);
        break;
      }
    }
  }
  return { name, arms: arms.map((arm) => ({ name: arm.name, laps: laps.get(arm.name) ?? [] })), noisy };
}
