import { LockstepError } from '#core/errors.ts';
import type { LeaseStore } from '#core/fleet/ports.ts';
import type { Crew } from '#core/inference/crew.ts';
import type { CrewStore } from '#core/inference/ports.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import { planIfAny } from '#flows/inference/hosts-plan.ts';
import type { HostIdentity } from '../identity.ts';
import type { PartitionRunner } from './runner-process.ts';

export interface PlanFirstPorts {
  readonly clock: Clock;
  readonly crews: Pick<CrewStore, 'fail'>;
  readonly leases: Pick<LeaseStore, 'leases'>;
  readonly log: Log;
  readonly objects: Objects;
}

export interface PlanFirst {
  readonly crew: Crew;
  readonly identity: HostIdentity;
  readonly bucket: string;
  readonly runner: PartitionRunner;
  readonly signal: AbortSignal;
}

const LOOK_MS = 500;
/** How long the others leave the plan to the first of them, before they make it too: a run has one plan, whoever makes it. */
const WAIT_MS = 120_000;
const TRIES = 3;

/** Makes the plan of a run that has none, which its job leaves to hosts. What is wrong with it fails the run, as Plan would. */
export async function planIfLeft(ports: PlanFirstPorts, first: PlanFirst): Promise<void> {
  const { crew, bucket, runner, signal } = first;
  const { runId, attempt } = crew;
  const place = { objects: ports.objects, bucket };
  const isThere = async () => (await planIfAny(place, runId)) !== undefined;
  if (await isThere()) return;
  const endMs = ports.clock.monotonicMs() + ((await isFirst(ports, first)) ? 0 : WAIT_MS);
  while (ports.clock.monotonicMs() < endMs && !signal.aborted) {
    await ports.clock.sleep(LOOK_MS, signal).catch(() => {});
    if (await isThere()) return;
  }
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      return await runner.plan({ runId, jobUri: runObjects({ bucket, runId }).job }, signal);
    } catch (error) {
      if (signal.aborted) return;
      const isPassing = error instanceof LockstepError && error.retryable;
      ports.log.warn('not planned', { runId, tries, error: String(error) });
      if (isPassing && tries < TRIES) continue;
      const code = error instanceof LockstepError ? error.code : 'LS_RUN_INCOMPLETE';
      const message = error instanceof Error ? error.message : String(error);
      return await ports.crews.fail(runId, attempt, { code, message });
    }
  }
}

/** True for the host whose id comes first among those that work. */
async function isFirst({ leases }: PlanFirstPorts, { crew, identity }: PlanFirst): Promise<boolean> {
  const held = (await leases.leases(crew.runId)).filter(
    ({ attempt, releasedAt }) => attempt === crew.attempt && releasedAt === undefined,
  );
  return held.every(({ instanceId }) => instanceId >= identity.instanceId);
}
