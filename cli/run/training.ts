import { systemIds } from '#adapters/system/ids.ts';
import type { Lease } from '#core/fleet/records.ts';
import type { AttemptEnd } from '#core/gang/controller/journal.ts';
import type { Control } from '#core/gang/records.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Execution, StateVisit } from '#core/runs/ports.ts';
import type { Progress } from '#core/training/progress.ts';
import type { TrainingState } from '#core/training/state.ts';
import { jsonBytes } from '#formats/json/json-object.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { LoadedTrain } from '../job/loaded.ts';
import type { Screen } from '../output/screen.ts';
import { cancelTraining } from './cancel-run.ts';
import type { Chaos } from './chaos.ts';
import { follow, stopped } from './follow.ts';
import { checkLocalCapacity } from './local-capacity.ts';
import { packageCode } from './package-code.ts';
import { stays } from './phases.ts';

export interface TrainingOptions {
  readonly cloud: Cloud;
  readonly loaded: LoadedTrain;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly chaos: Chaos;
  /** Called as soon as there is an execution. */
  readonly onStarted: () => void;
}

/** What is known about a training run once its execution has ended, well or not. */
export interface TrainingTrace {
  readonly runId: string;
  readonly execution: Execution;
  readonly visits: readonly StateVisit[];
  readonly control: Control | undefined;
  /** How the attempts that are over ended. */
  readonly journal: readonly AttemptEnd[];
  readonly leases: readonly Lease[];
  /** Every progress report that was seen, oldest first. */
  readonly progress: readonly Progress[];
}

export const newRunId = (job: string): string => `${job}-${systemIds.next()}`;

/** Starts a training run and watches it until its execution has ended, which the signal brings about. */
export async function runTraining(runId: string, options: TrainingOptions): Promise<TrainingTrace> {
  const { cloud, loaded, screen, signal, chaos } = options;
  await checkLocalCapacity(cloud, loaded.job.gang);
  const executionId = await start(runId, options);
  options.onStarted();
  screen.say(`training run ${runId}`);
  const progress: Progress[] = [];
  let visits: readonly StateVisit[] = [];
  const onLook = async (seen: readonly StateVisit[]) => {
    visits = seen;
    const latest = await cloud.progress.get(runId);
    if (latest !== undefined && !isSame(latest, progress.at(-1))) progress.push(latest);
    showPhase(screen, visits, latest);
    const done = await chaos.strike(runId, latest);
    if (done !== undefined) screen.say(done);
  };
  const execution = await follow(cloud, { executionId, signal, onLook }).catch(async (error: unknown) => {
    if (!signal.aborted) throw error;
    screen.phase('cancel', 'failed');
    const left = await cancelTraining(cloud, runId, 'the command line');
    screen.say(
      left.length === 0 ? `${runId}: stopped, all hosts released` : `${runId}: not yet released: ${left.join(', ')}`,
    );
    screen.end();
    return await stopped(cloud, executionId, signal);
  });
  const [control, journal, leases] = await Promise.all([
    cloud.control.read(runId),
    cloud.journal.endings(runId),
    cloud.leases.leases(runId),
  ]);
  return { runId, execution, visits, control, journal, leases, progress };
}

async function start(runId: string, { cloud, loaded }: TrainingOptions): Promise<string> {
  const { local: _, ...job } = loaded.job;
  const jobUri = runObjects({ bucket: cloud.bucket, runId }).job;
  const code = await packageCode(loaded.code, job.task.command);
  if (code !== undefined) await cloud.objects.put(runObjects({ bucket: cloud.bucket, runId }).code, code);
  await cloud.objects.put(jobUri, jsonBytes(job));
  const state: TrainingState = { runId, jobUri };
  return await cloud.workflows.start('training', runId, state);
}

const isSame = (a: Progress, b: Progress | undefined): boolean => a.attempt === b?.attempt && a.step === b.step;

function showPhase(screen: Screen, visits: readonly StateVisit[], latest: Progress | undefined): void {
  const phase = stays(visits, Date.now()).at(-1)?.phase ?? 'start';
  // Hosts are released without a result where what came before has failed.
  const isWithoutResult = phase === 'release' && !visits.some(({ state }) => state === 'Publish');
  screen.phase(phase, isWithoutResult ? 'failed' : undefined);
  if (phase !== 'train' || latest === undefined) return;
  const metrics = Object.entries(latest.metrics).map(([name, value]) => `${name} ${value.toPrecision(4)}`);
  const attempt = latest.attempt === 0 ? [] : [`attempt ${latest.attempt}`];
  screen.progress(latest.step / latest.of, [`step ${latest.step} of ${latest.of}`, ...metrics, ...attempt].join(', '));
}
