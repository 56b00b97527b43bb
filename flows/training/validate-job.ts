/** Validate: refuses what cannot succeed before anything is paid for, and creates the gang. */

import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { ControlStore } from '#core/gang/ports.ts';
import type { Control } from '#core/gang/records.ts';
import { programsOf } from '#core/job/command/programs.ts';
import { checkFeasible } from '#core/job/feasibility.ts';
import type { TrainJob } from '#core/job/job.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Runs } from '#core/runs/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import type { StateOf, TrainingStart } from '#core/training/state.ts';
import { remoteTrainJob } from '#formats/job/remote-job.ts';
import { jsonBytes } from '#formats/json/json-object.ts';

/** What this step needs of the world; `bucket` is the name of the data bucket. */
export interface ValidatePorts {
  readonly objects: Objects;
  readonly bucket: string;
  readonly control: ControlStore;
  readonly runs: Runs;
  readonly clock: Clock;
  readonly log: Log;
}

export async function validateJob(
  ports: ValidatePorts,
  { runId, execution, jobUri: givenUri }: TrainingStart,
): Promise<StateOf<'stage' | 'admit'>> {
  const { bytes } = await ports.objects.get(givenUri);
  const job = remoteTrainJob(Buffer.from(bytes).toString('utf8'), givenUri);
  checkFeasible(job);
  await checkCommand(ports, runId, job);
  // The functions and agents after this one trust the job, so they get it from a place that only this one writes.
  const resolved = jsonBytes(job);
  const jobUri = runObjects({ bucket: ports.bucket, runId }).job;
  await createGang(ports, gangOf({ runId, execution }, job, resolved));
  await ports.objects.put(jobUri, resolved);
  const startedAt = ports.clock.wallMs();
  await ports.runs.record({ runId, kind: 'train', job: job.name, startedAt });
  ports.log.info('validated', { runId });
  const next = job.data === undefined ? 'admit' : 'stage';
  return { runId, execution, jobUri, queuedAt: Math.floor(startedAt / 1000), attempt: 0, next, waitS: 0 };
}

/** A command that names a file of the code package needs a code package. What is in it, the command line checked. */
async function checkCommand({ objects, bucket }: ValidatePorts, runId: string, job: TrainJob): Promise<void> {
  const own = programsOf(job.task.command).find((one) => one.kind === 'file' && one.isCertain);
  if (own?.kind !== 'file') return;
  const uri = runObjects({ bucket, runId }).code;
  if ((await objects.head(uri)) !== undefined) return;
  throw new LockstepError(
    'LS_JOB_COMMAND_MISSING',
    `task.command runs ${own.path}, but there is no code package at ${uri}`,
  );
}

type Owned = Pick<TrainingStart, 'runId' | 'execution'>;

function gangOf({ runId, execution }: Owned, { gang }: TrainJob, resolved: Uint8Array): Control {
  const specHash = createHash('sha256').update(resolved).digest('hex');
  const opId = `validate/${execution.id}/${specHash}`;
  return newGang({ ...{ runId, owner: execution.id, specHash, opId }, ...gang });
}

/** Creating it twice is this call repeated after a lost reply, as long as it is the same job and has not begun. */
async function createGang({ control }: ValidatePorts, gang: Control): Promise<void> {
  const { won, control: stored } = await control.create(gang);
  if (won || stored?.opId === gang.opId) return;
  throw new LockstepError('LS_RUN_EXISTS', `run ${gang.runId} exists, in phase ${stored?.phase ?? 'unknown'}`);
}
