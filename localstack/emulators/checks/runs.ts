/** What somebody with a deployed stack does: runs by hand and by event, a host that dies, a run that is cancelled. */
import { setTimeout as delay } from 'node:timers/promises';
import { lockstep } from '../lockstep-command.ts';
import type { Session } from '../session.ts';
import { expectSummary } from './expect.ts';

const INFER = ['infer', 'examples/digits/infer.yaml'];
const TRAIN = ['train', 'examples/digits/train.yaml'];
const PIPELINE = ['pipeline', 'examples/digits/pipeline.yaml'];
const ROWS = 10_000;

/** The share of right labels that the embedded cloud's run of the same pipeline gives. */
const ACCURACY = 0.954;

export async function inferByHand(session: Session): Promise<void> {
  expectSummary(await lockstep(session, INFER).ended, { ok: true, rowsPredicted: ROWS });
}

/** Training, publishing, and the inference that the arrival of a batch starts: the same numbers as on every cloud. */
export async function pipelineByEvent(session: Session): Promise<void> {
  const ended = await lockstep(session, PIPELINE).ended;
  expectSummary(ended, { ok: true, attempts: 1, hostsAcquired: 2, hostsReleased: 2, rowsPredicted: ROWS });
  expectSummary(ended, { accuracy: ACCURACY });
}

/** A host is killed in the middle of training: it alone is replaced, and the run goes on from its checkpoint. */
export async function hostDies(session: Session): Promise<void> {
  const command = lockstep(session, TRAIN);
  await inTraining(command);
  const victim = (await living(session)).at(-1);
  if (victim === undefined) throw new Error('no host runs');
  const { controlUrl } = session.neighbours.fleet;
  await fetch(`${controlUrl}/instances/${victim.id}/crash`, { method: 'POST', body: '{}' });
  expectSummary(await command.ended, { ok: true, attempts: 2, hostsAcquired: 3, hostsReleased: 3 });
}

/** The tasks take some seconds to begin, and twice as many to end: a percentage may be said only behind that. */
const BEGUN_MS = 3_000;

async function inTraining(command: Pick<ReturnType<typeof lockstep>, 'until'>): Promise<void> {
  await command.until(/train: started/);
  await delay(BEGUN_MS);
}

/** A run is cancelled from elsewhere while it trains: it ends by its name, and its hosts are gone. */
export async function cancelled(session: Session): Promise<void> {
  const command = lockstep(session, TRAIN);
  const [, runId = ''] = await command.until(/training run (\S+)/);
  await inTraining(command);
  expectSummary(await lockstep(session, ['cancel', runId]).ended, { ok: true });
  expectSummary(await command.ended, { ok: false, code: 'LS_CANCELLED' });
  await noHosts(session);
}

const GONE_MS = 20_000;

/** Waits until no host of the deployment lives. */
export async function noHosts(session: Session): Promise<void> {
  const until = performance.now() + GONE_MS;
  let left = await living(session);
  while (left.length > 0 && performance.now() < until) {
    await delay(200);
    left = await living(session);
  }
  if (left.length > 0) throw new Error(`hosts still live: ${JSON.stringify(left)}`);
}

interface HostRecord {
  readonly id: string;
  readonly state: string;
}

async function living({ neighbours }: Session): Promise<readonly HostRecord[]> {
  const response = await fetch(`${neighbours.fleet.controlUrl}/instances`);
  return ((await response.json()) as HostRecord[]).filter(({ state }) => state !== 'terminated');
}
