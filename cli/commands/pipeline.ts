import { readCommitted } from '#adapters/arrow/read-committed.ts';
import type { LoadedPipeline } from '#adapters/job/loaded.ts';
import { LockstepError } from '#core/errors.ts';
import { OBJECTS } from '#core/names.ts';
import type { Cloud } from '../cloud/cloud.ts';
import { runFolder } from '../home.ts';
import { inferenceReport } from '../output/inference-report.ts';
import { failureFrom, type Summary } from '../output/summary.ts';
import { trainingReport } from '../output/training-report.ts';
import { executionOf, putBatch } from '../run/batch.ts';
import { calm, chaosIn } from '../run/chaos.ts';
import { evaluate } from '../run/evaluate.ts';
import { gangFigures } from '../run/gang-figures.ts';
import { followInference } from '../run/inference.ts';
import { concludeInference, type InferenceOutcome, inferenceFigures } from '../run/inference-outcome.ts';
import { localInputs } from '../run/local-inputs.ts';
import { phasesOf, stays } from '../run/phases.ts';
import { newRunId, runTraining } from '../run/training.ts';
import { concludeTraining, type TrainingOutcome } from '../run/training-outcome.ts';
import type { CommandContext } from './context.ts';
import { keepRun, reportPath } from './kept-run.ts';
import { openJob, prepareJob, withCloud } from './open-job.ts';
import { checkTraining, type TrainFlags } from './train.ts';

/** `lockstep pipeline JOB.yaml`: train, publish, put a batch into the inbox, and follow the inference that it starts. */
export async function pipeline(file: string, flags: TrainFlags, context: CommandContext): Promise<Summary> {
  const loaded = openJob(file, 'pipeline');
  checkTraining(loaded.train, context);
  const { local } = loaded.job;
  await prepareJob({ file: loaded.train.file, local }, context);
  localInputs(loaded.infer);
  return await withCloud({ local }, context, async (cloud) => {
    const startedAt = performance.now();
    const trained = await trainFirst(loaded, flags, context, cloud);
    const inferred = await inferNext(loaded, trained.trace.runId, context, cloud);
    const accuracy = await accuracyOf(loaded, inferred, cloud);
    const total = (performance.now() - startedAt) / 1000;
    const summary = summaryOf({ trained, inferred, accuracy, total });
    keepRun(trained.folder, joinedReport(loaded, trained, inferred, accuracy), summary);
    return summary;
  });
}

async function trainFirst({ train }: LoadedPipeline, flags: TrainFlags, context: CommandContext, cloud: Cloud) {
  const { screen, interrupt, home } = context;
  const chaos = flags.chaos ? chaosIn(cloud) : calm;
  const options = { cloud, loaded: train, screen, signal: interrupt.signal, chaos };
  const trace = await runTraining(newRunId(train.job.name), options);
  const outcome = await concludeTraining(trace, cloud, home);
  if (outcome.failure === undefined) return outcome;
  keepRun(outcome.folder, trainingReport(outcome), failureFrom(outcome.failure));
  throw outcome.failure;
}

async function inferNext(
  { infer }: LoadedPipeline,
  batchName: string,
  { screen, interrupt, home }: CommandContext,
  cloud: Cloud,
): Promise<InferenceOutcome> {
  screen.phase('batch');
  const batch = await putBatch(infer, batchName, cloud);
  const executionId = await executionOf(batch, cloud, interrupt.signal);
  screen.say(`inference run ${batch.runId}, started by its batch`);
  const trace = await followInference(batch.runId, executionId, { cloud, screen, signal: interrupt.signal });
  const outcome = await concludeInference(trace, cloud, home);
  const result = outcome.failure === undefined ? undefined : failureFrom(outcome.failure);
  if (result === undefined) return outcome;
  keepRun(runFolder(home, batch.runId), inferenceReport(outcome), result);
  throw outcome.failure;
}

/** Accuracy of the committed predictions; what the training itself reported where the job names no labels. */
async function accuracyOf(
  { job }: LoadedPipeline,
  { trace }: InferenceOutcome,
  cloud: Cloud,
): Promise<number | undefined> {
  if (job.evaluate === undefined) return undefined;
  const committed = await readCommitted(cloud.objects, `s3://${cloud.bucket}/${OBJECTS.success(trace.runId)}`);
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
  if (committed === undefined) throw new Error('an inference that did not fail has committed');
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

/** One report for both halves, in the folder of the training run. */
function joinedReport(
  { job }: LoadedPipeline,
  trained: TrainingOutcome,
  inferred: InferenceOutcome,
  accuracy: number | undefined,
) {
  const training = trainingReport(trained);
  const inference = inferenceReport({ ...inferred, folder: trained.folder });
  const measured: readonly (readonly [string, string])[] =
    accuracy === undefined ? [] : [['accuracy of the predictions', accuracy.toFixed(4)]];
  return {
    ...training,
    title: `Pipeline ${job.name}: ${training.title}, ${inference.title}`,
    facts: [...measured, ...training.facts, ...inference.facts],
    stays: [...training.stays, ...inference.stays],
    links: [...inference.links, ...training.links],
  };
}
