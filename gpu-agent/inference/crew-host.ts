/**
 * A host that predicts: a process for each of its accelerators, each of which claims one partition after the other. The host
 * leaves when no work is left, when its crew is over, when its lease has ended, or when it is about to be taken away.
 */
import { availableParallelism } from 'node:os';
import { LockstepError } from '#core/errors.ts';
import type { LeaseStore } from '#core/fleet/ports.ts';
import { type Crew, isAtWork } from '#core/inference/crew.ts';
import type { CrewStore } from '#core/inference/ports.ts';
import { HOSTS_DEFAULTS } from '#core/job/defaults.ts';
import type { InferJob } from '#core/job/job.ts';
import { visibilityEnv } from '#core/launch/visibility.ts';
import { ENV } from '#core/names.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Accelerators } from '#core/resources/accelerators.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import { recordFailure } from '#flows/inference/commit-task.ts';
import { type ClaimPorts, type Worker, workClaims } from '#flows/inference/hosts-claims.ts';
import { workList } from '#flows/inference/hosts-work-list.ts';
import { readJson } from '#formats/json/json-object.ts';
import type { HostIdentity } from '../identity.ts';
import { planIfLeft } from './plan-first.ts';
import type { PartitionRunner, RunnerShare } from './runner-process.ts';

export interface CrewHostPorts extends ClaimPorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly crews: CrewStore;
  readonly leases: Pick<LeaseStore, 'leaseOf' | 'leases'>;
  readonly objects: Objects;
}

export interface CrewHostOptions {
  readonly identity: HostIdentity;
  /** As it was when the host came up. */
  readonly crew: Crew;
  readonly accelerators: Accelerators;
  readonly bucket: string;
  /** Makes a process that predicts, which is started when it is needed. */
  readonly newRunner: (share: RunnerShare) => PartitionRunner;
  /** The host is going down now. */
  readonly terminated: AbortSignal;
  /** The host will be taken away in about two minutes. */
  readonly noticed: AbortSignal;
}

const LOOK_MS = 2_000;
/** A host can boot before the launch call that made it has returned and written its lease. */
const LEASE_GRACE_MS = 60_000;
/** Cut off from the table for so long a host is of no use to anybody, and it costs money. */
const CUT_OFF_MS = 300_000;
/** From the notice until what is in work is given back: well within EC2's two minutes, which others need to go on with it. */
const DRAIN_MS = 60_000;

/** Works until there is a reason not to, and answers with it. Nothing of it runs any more then. */
export async function runCrewHost(ports: CrewHostPorts, options: CrewHostOptions): Promise<string> {
  const over = new AbortController();
  const leave = (reason: string) => over.abort(reason);
  options.terminated.addEventListener('abort', () => leave('the host is going down'), { once: true });
  const watching = watchCrew(ports, options, { signal: over.signal, leave });
  const draining = drain(ports, options.noticed, { signal: over.signal, leave });
  try {
    if (options.crew.attempt !== options.identity.attempt) leave('the crew that this host was launched for is over');
    else if (!(await untilLent(ports, options.identity, over.signal))) leave('this host has no lease');
    else await workAll(ports, options, { drain: options.noticed, stop: over.signal });
    leave('no work is left');
  } finally {
    leave('an error');
    await Promise.all([watching, draining]);
  }
  return String(over.signal.reason);
}

async function workAll(
  ports: CrewHostPorts,
  options: CrewHostOptions,
  signals: { readonly drain: AbortSignal; readonly stop: AbortSignal },
): Promise<void> {
  const { accelerators, crew, bucket } = options;
  const at = runObjects({ bucket, runId: crew.runId });
  const { value: job } = await readJson<InferJob>(ports.objects, at.job);
  const processes = Math.max(1, accelerators.addresses.length);
  const processors = Math.max(1, Math.floor(availableParallelism() / processes));
  const { partitionTimeoutS } = job.hosts ?? HOSTS_DEFAULTS;
  const workers = Array.from({ length: processes }, (_, index) => {
    const address = accelerators.addresses[index];
    const visible = address === undefined ? {} : visibilityEnv(accelerators.vendor, [address]);
    const env = { ...visible, [ENV.hostOf]: `${crew.runId}/${options.identity.instanceId}` };
    const runner = options.newRunner({ env, processors, timeoutMs: partitionTimeoutS * 1000 });
    return workOne(ports, { ...options, index, runner, planUri: at.plan }, signals);
  });
  await Promise.all(workers);
}

interface Process extends CrewHostOptions {
  readonly index: number;
  readonly runner: PartitionRunner;
  readonly planUri: string;
}

async function workOne(
  ports: CrewHostPorts,
  { index, runner, planUri, crew, identity, bucket }: Process,
  signals: { readonly drain: AbortSignal; readonly stop: AbortSignal },
): Promise<void> {
  const { runId, attempt, round } = crew;
  let list: readonly number[] | undefined;
  const partitionAt = async (place: number): Promise<number> => {
    list ??= await workList({ objects: ports.objects, bucket }, crew);
    return list[place] as number;
  };
  const worker: Worker = {
    at: { runId, attempt },
    owner: `${identity.instanceId}/${index}/${identity.nonce}`,
    async predict(place, signal) {
      const partition = await partitionAt(place);
      await runner.predict({ runId, planUri, partition, round }, signal);
    },
    async fail(place, error) {
      const partition = await partitionAt(place);
      const code = error instanceof LockstepError ? error.code : 'LS_RUN_INCOMPLETE';
      const message = `partition ${partition}: ${error instanceof Error ? error.message : String(error)}`;
      ports.log.error('the run fails', { runId, partition, code, message });
      await recordFailure({ objects: ports.objects, bucket }, { runId, round, partition }, error);
      await ports.crews.fail(runId, attempt, { code, message });
    },
  };
  try {
    if (index === 0) await planIfLeft(ports, { ...{ crew, identity, bucket, runner }, signal: signals.stop });
    await workClaims(ports, worker, signals);
  } finally {
    await runner.close();
  }
}

interface Leaving {
  readonly signal: AbortSignal;
  readonly leave: (reason: string) => void;
}

/** Leaves when the crew is over or this host has no part in it any more. */
async function watchCrew(
  { crews, leases, clock, log }: CrewHostPorts,
  { identity, crew: { runId, attempt } }: CrewHostOptions,
  { signal, leave }: Leaving,
): Promise<void> {
  let seenMs = clock.monotonicMs();
  let wasLent = false;
  while (!signal.aborted) {
    try {
      const crew = await crews.read(runId, signal);
      const lease = await leases.leaseOf(runId, identity.instanceId, signal);
      seenMs = clock.monotonicMs();
      if (!isAtWork(crew, attempt)) return leave('the crew is over');
      if (wasLent && lease?.attempt !== attempt) return leave('the lease of this host is over');
      wasLent ||= lease?.attempt === attempt;
    } catch (error) {
      if (signal.aborted) return;
      log.warn('the crew cannot be looked at', { error: String(error) });
      if (clock.monotonicMs() - seenMs > CUT_OFF_MS) return leave('the table could not be read in time');
    }
    await clock.sleep(LOOK_MS, signal).catch(() => {});
  }
}

async function untilLent(
  { leases, clock }: CrewHostPorts,
  { runId, instanceId, attempt }: HostIdentity,
  signal: AbortSignal,
): Promise<boolean> {
  for (const endMs = clock.monotonicMs() + LEASE_GRACE_MS; clock.monotonicMs() < endMs && !signal.aborted; ) {
    const lease = await leases.leaseOf(runId, instanceId, signal).catch(() => undefined);
    if (lease?.attempt === attempt) return true;
    await clock.sleep(500, signal).catch(() => {});
  }
  return false;
}

/** Once the host is to be taken away, what is in work has a little time to come to its end; then it is given back. */
async function drain({ clock, log }: CrewHostPorts, noticed: AbortSignal, { signal, leave }: Leaving): Promise<void> {
  const either = AbortSignal.any([noticed, signal]);
  if (!either.aborted)
    await new Promise<void>((resolve) => either.addEventListener('abort', () => resolve(), { once: true }));
  if (signal.aborted) return;
  log.warn('this host is to be taken away: nothing more is begun');
  await clock.sleep(DRAIN_MS, signal).catch(() => {});
  leave('the host is to be taken away');
}
