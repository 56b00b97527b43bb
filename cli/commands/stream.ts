import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { journalClaims } from '#adapters/folder/journal-claims.ts';
import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { predictorsOf } from '#adapters/predictors/predictors.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import type { Log } from '#core/system/ports.ts';
import { rememberedPlans } from '#flows/stream/object-plans.ts';
import type { StreamPorts } from '#flows/stream/ports.ts';
import { STOPS } from '../interrupt.ts';
import type { JobOverrides } from '../job/load-job.ts';
import { answerFolder } from '../stream/answer-folder.ts';
import { folderAnswers, JOURNAL, LOCK, removeLeftDrafts, STATE_FOLDER } from '../stream/folder-answers.ts';
import { lockFolder } from '../stream/folder-lock.ts';
import { checkFolders, predictingModel } from '../stream/places.ts';
import { figuresText, type StreamFigures, StreamProgress } from '../stream/progress.ts';
import { telling } from '../stream/telling.ts';
import type { CommandContext } from './context.ts';
import { openJob, prepareJob } from './open-job.ts';

export interface StreamFlags extends JobOverrides {
  /** End when everything that is there is answered. */
  readonly once?: boolean;
}

/** What `lockstep stream` came to. */
export interface StreamEnd extends StreamFigures {
  readonly stream: string;
  readonly folder: string;
}

/** This process alone has the folder: what it holds, it holds until it ends. */
const CLAIM_MS = 365 * 24 * 3600 * 1000;

/** `lockstep stream JOB.yaml`: answers the files of a folder as they appear, until Ctrl-C. */
export async function stream(file: string, flags: StreamFlags, context: CommandContext): Promise<StreamEnd> {
  const loaded = openJob(file, 'stream', flags);
  const { interrupt, screen } = context;
  await prepareJob({ file: loaded.file, local: loaded.job.local }, context);
  const { watch, to } = checkFolders(loaded);
  const { job, objects } = await predictingModel(loaded, context);
  const stateFolder = join(to, STATE_FOLDER);
  mkdirSync(stateFolder, { recursive: true });
  const unlock = lockFolder(join(stateFolder, LOCK), to);
  const journal = join(stateFolder, JOURNAL);
  const claims = journalClaims(journal);
  removeLeftDrafts(stateFolder, readFileSync(journal, 'utf8'));
  const predictors = predictorsOf(modelFiles(objects));
  const newId = () => systemIds.next();
  const ports: StreamPorts = {
    ...{
      objects,
      parquet: workerDecoder(),
      predictors,
      recordClaims: claims,
      clock: systemClock,
      ids: systemIds,
      log: unheard,
    },
    ...{ answers: folderAnswers(to, newId), plans: rememberedPlans() },
  };
  const progress = new StreamProgress();
  try {
    interrupt.means(STOPS);
    screen.say(`Files that appear in ${watch} are predicted into ${to}. Ctrl-C ends it.`);
    await answerFolder({
      ...{ ports, folder: watch, signal: interrupt.signal, once: flags.once === true },
      stream: { job, processors: availableParallelism(), claimMs: CLAIM_MS },
      ...telling(context, progress),
    });
    return { stream: job.name, folder: to, ...progress.figures() };
  } finally {
    await predictors.close();
    claims.close();
    unlock();
  }
}

export const streamLines = (end: StreamEnd): readonly string[] => [figuresText(end), `predictions: ${end.folder}`];

/** What becomes of each file is told by itself. */
const unheard: Log = { info() {}, warn() {}, error() {} };
