import type { UsageLog } from '#core/resources/usage.ts';
import { type Progress, withReport } from '#core/training/progress.ts';
import { describeRun, listRuns } from '#flows/runs/describe-run.ts';
import { type GangLive, gangLive, type LivePorts, type PartitionLive, partitionsLive } from '#flows/runs/live-view.ts';
import { readProgress } from '#flows/runs/read-progress.ts';
import { readUsage } from '#flows/runs/read-usage.ts';
import type { RunDetails, RunView } from '#flows/runs/run-view.ts';

/** A run as a line, wherever it is known from. */
export interface ListedRun extends RunView {
  /** Path of its report on this server, for a run that ended on this machine. */
  readonly report?: string;
}

/** Everything that the page of one run shows. */
export interface RunPage {
  readonly run: RunDetails;
  readonly gang?: GangLive;
  readonly partitions: readonly PartitionLive[];
  readonly progress: readonly Progress[];
  /** What the hosts used, a record for each host and attempt. */
  readonly usage: readonly UsageLog[];
}

export interface FeedOptions {
  /** The deployments to look into; asked anew at every look, because clouds come and go. */
  readonly clouds: () => Promise<readonly LivePorts[]>;
  /** Runs that ended on this machine. */
  readonly kept: () => readonly ListedRun[];
}

/** The data of the pages, read when it is asked for. */
export interface Feed {
  runs(): Promise<readonly ListedRun[]>;
  /** Undefined for a run that no cloud knows. */
  run(runId: string): Promise<RunPage | undefined>;
}

const SHOWN = 100;

export function newFeed({ clouds, kept }: FeedOptions): Feed {
  const usage = new Map<string, Map<string, UsageLog>>();
  const partitions = new Map<string, ReadonlyMap<string, PartitionLive>>();

  async function runs(): Promise<readonly ListedRun[]> {
    const live = (await Promise.all((await clouds()).map((cloud) => listRuns(cloud, SHOWN)))).flat();
    const known = new Set(live.map(({ runId }) => runId));
    return [...live, ...kept().filter(({ runId }) => !known.has(runId))]
      .toSorted((a, b) => b.startedAt - a.startedAt)
      .slice(0, SHOWN);
  }

  async function partitionsOf(cloud: LivePorts, { runId, kind }: RunView): Promise<readonly PartitionLive[]> {
    if (kind !== 'infer') return [];
    const found = await partitionsLive(cloud, runId, partitions.get(runId));
    partitions.set(runId, found);
    return [...found.values()].toSorted((a, b) => a.partition - b.partition);
  }

  async function usageOf(cloud: LivePorts, { runId, kind }: RunView): Promise<readonly UsageLog[]> {
    if (kind !== 'train') return [];
    const known = usage.get(runId) ?? new Map<string, UsageLog>();
    usage.set(runId, known);
    return await readUsage(cloud, runId, known);
  }

  return {
    runs,
    async run(runId) {
      for (const cloud of await clouds()) {
        const record = (await cloud.runs.list(SHOWN)).find((one) => one.runId === runId);
        if (record === undefined) continue;
        const [run, gang, reported] = await Promise.all([
          describeRun(cloud, record),
          gangLive(cloud, runId),
          readProgress(cloud, runId),
        ]);
        // The newest report is stored at once, the log of all a little later.
        const progress = run.progress === undefined ? reported : withReport(reported, run.progress);
        const [done, used] = await Promise.all([partitionsOf(cloud, run), usageOf(cloud, run)]);
        const page = { run, partitions: done, usage: used, progress };
        return gang === undefined ? page : { ...page, gang };
      }
      return undefined;
    },
  };
}
