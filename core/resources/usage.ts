/** What the tasks of a host use of it over time: recorded by its agent, shown by the dashboard and the report. */

/** Of one accelerator at a moment. */
export interface AcceleratorUse {
  /** As in the roster. */
  readonly address: string;
  /** Share of the last moments in which it worked, 0 to 1. */
  readonly busy: number;
  readonly memoryBytes: number;
}

/** Of all tasks of one host at a moment. */
export interface UsageSample {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Processors' worth of work since the sample before: 2 is two processors all the time. */
  readonly processors: number;
  /** Resident memory of all processes, what they share counted for each. */
  readonly memoryBytes: number;
  /** Those that the vendor's tool tells of; empty where it tells of none. */
  readonly accelerators: readonly AcceleratorUse[];
}

/** The object at `OBJECTS.usageLog(runId, attempt, instanceId)`. */
export interface UsageLog {
  readonly version: 1;
  readonly attempt: number;
  readonly instanceId: string;
  /** What the host has. */
  readonly processors: number;
  readonly memoryBytes: number;
  /** Oldest first, about evenly spread over the attempt. */
  readonly samples: readonly UsageSample[];
}

/** Enough for a curve of a screen's width; an object of so many is at most some ten kilobytes an accelerator. */
const SAMPLES_MAX = 240;

/**
 * The samples with one more, at most `max` of them (3 or more): when they are too many every other one goes, and from then
 * on those that come sooner than the others are apart are left out, so that the whole attempt keeps one resolution.
 */
export function withSample(
  samples: readonly UsageSample[],
  sample: UsageSample,
  max = SAMPLES_MAX,
): readonly UsageSample[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first && last && samples.length > max / 2 - 1) {
    const apart = (last.at - first.at) / (samples.length - 1);
    if (sample.at - last.at < apart * 0.9) return samples;
  }
  const all = [...samples, sample];
  return all.length <= max ? all : all.filter((_, i) => i % 2 === 0);
}

const FIRST_STORE_MS = 5_000;
const LAST_STORE_MS = 120_000;

/** Milliseconds until the record is stored again, by those since the attempt began: soon at first, as somebody looks on. */
export const untilStored = (elapsedMs: number): number =>
  Math.min(LAST_STORE_MS, Math.max(FIRST_STORE_MS, elapsedMs / 4));

/** Processor time that a process has used so far, and the memory that it holds now. */
export interface ProcessUse {
  readonly pid: number;
  /** Since the machine started, in ticks: a pid may be given again. */
  readonly startTicks: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/**
 * Processors' worth of work between two looks at the processes of an attempt, `elapsedMs` apart. A process that ended in
 * between takes the time since the first look with it; one that is new brings all of its own.
 */
export function processorsUsed(before: readonly ProcessUse[], now: readonly ProcessUse[], elapsedMs: number): number {
  if (elapsedMs <= 0) return 0;
  const known = new Map(before.map((one) => [one.pid, one]));
  const spentMs = now.reduce((sum, one) => {
    const earlier = known.get(one.pid);
    const base = earlier?.startTicks === one.startTicks ? earlier.cpuMs : 0;
    return sum + Math.max(0, one.cpuMs - base);
  }, 0);
  return Math.round((spentMs / elapsedMs) * 100) / 100;
}
