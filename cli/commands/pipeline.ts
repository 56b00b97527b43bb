import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { invariant, LockstepError } from '#core/errors.ts';
import { leftOutLines } from '#core/inference/folder.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { gangFigures } from '#core/runs/gang-figures.ts';
import { phasesOf, stays } from '#core/runs/phases.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { putBatch, runOfBatch } from '#flows/runs/put-batch.ts';
import type { Cloud } from '../cloud/cloud.ts';
import type { LoadedPipeline } from '../job/loaded.ts';
import { inferenceReport } from '../output/inference-report.ts';
import type { Fact } from '../output/report-data.ts';
import { showUpload } from '../output/show-run.ts';
import type { Summary } from '../output/summary.ts';
import { trainingReport } from '../output/training-report.ts';
import { verdictText } from '../output/verdict-text.ts';
import { evaluate } from '../run/evaluate.ts';
import { type InferenceOutcome, inferenceFigures } from '../run/inference-outcome.ts';
import { localInputs, runInputs } from '../run/local-inputs.ts';
import { RunFailed } from '../run/run-failed.ts';
import { logsFolder, type TrainingOutcome } from '../run/training-outcome.ts';
import type { CommandContext } from './context.ts';
import { inferIn, keepInference } from './infer.ts';
import { keepFailure, keepRun, reportPath } from './kept-run.ts';
import { openJob, prepareJob, withCloud } from './open-job.ts';
import { checkTraining, type TrainFlags, trainIn } from './train.ts';

/** `lockstep pipeline JOB.yaml`: train, publish, put a batch into the inbox, and follow the inference that it starts. */
export async function pipeline(file: string, flags: TrainFlags, context: CommandContext): Promise<Summary> {
  const loaded = openJob(file, 'pipeline');
  checkTraining(loaded.train, context);
  const { local } = loaded.job;
  await prepareJob({ file: loaded.train.file, local }, context);
  for (const line of leftOutLines(localInputs(loaded.infer).skipped)) context.screen.say(line);
  return await withCloud({ local }, context, async (cloud) => {
    const startedAt = performance.now();
    const trained = await trainIn(cloud, { loaded: loaded.train, flags, kind: 'pipeline' }, context);
    try {
      const inferred = await inferNext(loaded, trained.trace.runId, context, cloud);
      keepInference(inferred);
      const accuracy = await accuracyOf(loaded, inferred, cloud);
      const total = (performance.now() - startedAt) / 1000;
      const summary = summaryOf({ trained, inferred, accuracy, total });
      keepRun(trained.folder, joinedReport(loaded, trained, inferred, accuracy), summary);
      return summary;
    } catch (error) {
      if (error instanceof LockstepError) throw keepHalf(trained, error);
      throw error;
    }
  });
}

async function inferNext(
  { infer }: LoadedPipeline,
  batchName: string,
  context: CommandContext,
  cloud: Cloud,
): Promise<InferenceOutcome> {
  const { screen, interrupt } = context;
  interrupt.signal.throwIfAborted();
  screen.phase('batch');
  const batch = await putBatch(cloud, {
    ...{ job: infer.job, name: batchName, inputs: runInputs(localInputs(infer), infer.file) },
    ...{ signal: interrupt.signal, onUpload: showUpload(screen) },
  });
  const started = await runOfBatch(cloud, batch, interrupt.signal);
  screen.say(`inference run ${started.runId}, started by its batch`);
  return await inferIn(cloud, started, context);
}

/** Accuracy of the committed predictions; what the training itself reported where the job names no labels. */
async function accuracyOf(
  { job }: LoadedPipeline,
  { trace }: InferenceOutcome,
  cloud: Cloud,
): Promise<number | undefined> {
  if (job.evaluate === undefined) return undefined;
  const committed = await readCommitted(
    { objects: cloud.objects, parquet: workerDecoder() },
    runObjects({ bucket: cloud.bucket, runId: trace.runId }).success,
  );
  const { rows, accuracy } = await evaluate(committed.batches(), job.evaluate, job.infer.predict.as);
  if (rows > 0) return accuracy;
  const where = JSON.stringify(job.evaluate.where);
  throw new LockstepError('LS_JOB_INVALID', `evaluate.where ${where} selects none of the predicted rows`);
}

interface Parts {
  readonly trained: TrainingOutcome;
  readonly inferred: InferenceOutcome;
  readonly accuracy: number | undefined;
  readonly total: number;
}

function summaryOf({ trained, inferred, accuracy, total }: Parts): Summary {
  const { committed } = inferred;
  invariant(committed !== undefined, 'an inference that did not fail has committed nothing');
  const visits = [...trained.trace.visits, ...inferred.trace.visits];
  return {
    ...{ ok: true, kind: 'pipeline', runs: [trained.trace.runId, inferred.trace.runId] },
    ...(accuracy !== undefined && { accuracy }),
    ...inferenceFigures(committed, inferred.trace),
    ...gangFigures(trained.trace),
    phases: { ...phasesOf(stays(visits, Date.now())), total: Math.round(total * 100) / 100 },
    ...{ outputs: committed.uri, report: reportPath(trained.folder) },
  };
}

/** Training went well, and what came after it failed: the run of the pipeline did, and its model is published. */
function keepHalf(trained: TrainingOutcome, error: LockstepError): RunFailed {
  const inference = error instanceof RunFailed ? error.run.runs : [];
  const report = { ...trainingReport(trained), ok: false, verdict: verdictText(error) };
  const { history } = gangFigures(trained.trace);
  const runs = [trained.trace.runId, ...inference];
  return keepFailure(trained.folder, report, { error, kind: 'pipeline', runs, history, ...logsFolder(trained) });
}

/** One report for both halves, in the folder of the training run. */
function joinedReport(
  { job }: LoadedPipeline,
  trained: TrainingOutcome,
  inferred: InferenceOutcome,
  accuracy: number | undefined,
) {
  const training = trainingReport(trained);
  const inference = inferenceReport({ ...inferred, folder: trained.folder });
  const measured: readonly Fact[] = accuracy === undefined ? [] : [['held-out accuracy', accuracy.toFixed(4)]];
  return {
    ...training,
    title: `Pipeline ${job.name}`,
    runs: [...training.runs, ...inference.runs],
    facts: [...measured, ...inference.facts, ...training.facts],
    stays: [...training.stays, ...inference.stays],
    stages: inference.stages,
    partitions: inference.partitions,
    ...(inference.labels !== undefined && { labels: inference.labels }),
    identity: [...training.identity, ...inference.identity],
    jobs: [...training.jobs, ...inference.jobs],
    links: [...inference.links, ...training.links],
  };
}
