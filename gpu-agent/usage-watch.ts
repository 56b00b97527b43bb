import { execFile } from 'node:child_process';
import { availableParallelism, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { processUses } from '#adapters/process/process-table.ts';
import type { Objects } from '#core/objects/ports.ts';
import { NVIDIA_USE_ARGS, parseNvidiaUse } from '#core/resources/nvidia-smi.ts';
import {
  type AcceleratorUse,
  type ProcessUse,
  processorsUsed,
  type UsageLog,
  type UsageSample,
  untilStored,
  withSample,
} from '#core/resources/usage.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import { jsonBytes } from '#formats/json/json-object.ts';

const SAMPLE_MS = 5_000;
/** The first look after the start: what a short attempt uses is seen too. */
const FIRST_SAMPLE_MS = 1_000;
/** A driver that hangs is as good as none. */
const TOOL_MS = 4_000;

export interface UsageWatchOptions extends Pick<UsageLog, 'attempt' | 'instanceId'> {
  readonly objects: Pick<Objects, 'put'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the record goes. */
  readonly uri: string;
  /** Accelerators of the host that tasks of this attempt use. */
  readonly accelerators: readonly string[];
  /** Ids of the processes of the attempt. */
  readonly processes: () => readonly number[];
}

export interface UsageWatch {
  /** Ends it and stores what was seen; never throws. */
  stop(): Promise<void>;
}

/**
 * Looks every few seconds what the tasks of this host use, and keeps a record of it beside the run's others. A look that
 * fails is left out: nothing of a run depends on it.
 */
export function watchUsage(options: UsageWatchOptions): UsageWatch {
  const { objects, clock, log, uri, attempt, instanceId } = options;
  const ended = new AbortController();
  const host = { processors: availableParallelism(), memoryBytes: totalmem() };
  const started = clock.monotonicMs();
  let samples: readonly UsageSample[] = [];
  let storedAt = started;
  let before: readonly ProcessUse[] = [];
  let lookedAt = started;

  const takeSample = async () => {
    const accelerators = await acceleratorsUsed(options.accelerators);
    const now = processUses(options.processes());
    const at = clock.monotonicMs();
    const processors = processorsUsed(before, now, at - lookedAt);
    const memoryBytes = now.reduce((sum, one) => sum + one.memoryBytes, 0);
    [before, lookedAt] = [now, at];
    if (now.length > 0 && !ended.signal.aborted) {
      samples = withSample(samples, { at: clock.wallMs(), processors, memoryBytes, accelerators });
    }
  };
  const store = async () => {
    if (samples.length === 0) return;
    storedAt = clock.monotonicMs();
    const body: UsageLog = { version: 1, attempt, instanceId, ...host, samples };
    await objects.put(uri, jsonBytes(body));
  };
  const watch = async () => {
    for (let waitMs = FIRST_SAMPLE_MS; ; waitMs = SAMPLE_MS) {
      await clock.sleep(waitMs, ended.signal);
      if (ended.signal.aborted) return;
      await takeSample();
      const now = clock.monotonicMs();
      if (now - storedAt >= untilStored(now - started)) await store();
    }
  };
  const warn = (error: unknown) => log.warn('use of the host not recorded', { error: String(error) });
  const watching = watch().catch((error: unknown) => {
    if (!ended.signal.aborted) warn(error);
  });
  return {
    async stop() {
      ended.abort();
      await watching;
      await store().catch(warn);
    },
  };
}

const run = promisify(execFile);

/** What the vendor's tool says of those that the tasks have; nothing where there is no such tool. */
async function acceleratorsUsed(addresses: readonly string[]): Promise<readonly AcceleratorUse[]> {
  if (addresses.length === 0) return [];
  try {
    const { stdout } = await run('nvidia-smi', [...NVIDIA_USE_ARGS], { timeout: TOOL_MS, maxBuffer: 2 ** 20 });
    return parseNvidiaUse(stdout).filter(({ address }) => addresses.includes(address));
  } catch {
    return [];
  }
}
