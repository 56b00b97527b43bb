import { isEnding } from '#core/fleet/holdings.ts';
import type { Host } from '#core/fleet/records.ts';
import type { QueueEntry } from '#core/gang/queue/entry.ts';
import { sweepCrew } from '../inference/hosts-sweep.ts';
import { releaseAbandoned, type SweepPorts, sweepGang } from './gang-sweep.ts';
import { reapHosts } from './reap-hosts.ts';

/** What a sweep saw, for the alarms. Hosts are those that do not end by themselves. */
export interface SweepReport {
  readonly hosts: number;
  /** Of these, the hosts that no live run answers for: they were told to end just now, or were told before and have not. */
  readonly hostsWithoutRun: number;
  readonly gangs: number;
  /** How long the gang has waited that waits longest, in seconds; 0 if none does. */
  readonly longestWaitS: number;
  /** Gangs that could not be looked at. */
  readonly gangsNotSwept: number;
}

/**
 * Reconciles every gang and crew that is not over with its execution, and every host with one. Trusts no event and no other
 * function: a gang is found by its place in the queue or by its hosts, and whatever is left of one whose execution has
 * ended is given back. Nothing that fails for one gang, or for one of the lists, keeps the sweep from the rest; the failure
 * of a list is thrown at the end.
 */
export async function sweepDeployment(ports: SweepPorts): Promise<SweepReport> {
  // The provider's list comes before our own records: a host that is launched in between is judged by none of them.
  const [listed] = await Promise.allSettled([ports.fleet.list({})]);
  const [queued] = await Promise.allSettled([ports.queue.list()]);
  const [crews] = await Promise.allSettled([ports.crews.list()]);
  const hosts = listed.status === 'fulfilled' ? listed.value : [];
  const entries = queued.status === 'fulfilled' ? queued.value : [];
  const crewed = crews.status === 'fulfilled' ? crews.value : [];
  const swept = await sweepRuns(ports, { hosts, entries, crewed });
  const reaped = await reapHosts(ports, hosts);
  for (const one of [listed, queued, crews]) if (one.status === 'rejected') throw one.reason;

  const nobodys = new Set(reaped);
  const staying = hosts.filter((host) => !isEnding(host));
  const withoutRun = staying.filter(
    ({ instanceId, runId }) => nobodys.has(instanceId) || (runId !== undefined && swept.abandoned.has(runId)),
  );
  const waits = entries.filter(({ admitted }) => !admitted).map(({ queuedAtS }) => nowS(ports) - queuedAtS);
  return {
    ...{ hosts: staying.length, hostsWithoutRun: withoutRun.length, gangs: entries.length },
    ...{ longestWaitS: Math.max(0, ...waits), gangsNotSwept: swept.failed },
  };
}

interface Swept {
  /** Runs that still had something although their execution has ended. */
  readonly abandoned: ReadonlySet<string>;
  readonly failed: number;
}

interface Found {
  readonly hosts: readonly Host[];
  readonly entries: readonly QueueEntry[];
  /** Runs that hosts predict for. */
  readonly crewed: readonly string[];
}

async function sweepRuns(ports: SweepPorts, { hosts, entries, crewed }: Found): Promise<Swept> {
  const abandoned = new Set<string>();
  let failed = 0;
  const sweepOne = async (runId: string, isAbandoned: () => Promise<boolean>) => {
    try {
      if (await isAbandoned()) abandoned.add(runId);
    } catch (error) {
      failed += 1;
      ports.log.error('sweep of a run failed', { runId, error: String(error) });
    }
  };
  for (const entry of entries) await sweepOne(entry.runId, () => sweepGang(ports, entry));
  for (const runId of crewed) await sweepOne(runId, () => sweepCrew(ports, runId));
  const known = new Set(entries.map(({ runId }) => runId));
  for (const [runId, own] of Map.groupBy(hosts, (host) => host.runId)) {
    if (runId === undefined || known.has(runId)) continue;
    await sweepOne(runId, () => sweepUnqueued(ports, runId, own));
  }
  return { abandoned, failed };
}

/** A run that has hosts and no place in the queue: it has lost it, or its release has come so far and no further. */
async function sweepUnqueued(ports: SweepPorts, runId: string, hosts: readonly Host[]): Promise<boolean> {
  const control = await ports.control.read(runId);
  // Without a record of a gang they are nobody's, and the reaper's.
  if (control === undefined) return false;
  return await releaseAbandoned(ports, control, Math.min(...hosts.map(({ launchedAt }) => launchedAt)));
}

const nowS = ({ clock }: SweepPorts): number => Math.floor(clock.wallMs() / 1000);
