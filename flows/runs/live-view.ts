/**
 * What a run is doing this moment, beyond its line in a list: who has joined, who waits for whom, which partitions are
 * done. Read from the same items as the agents read; nothing is written. Plain data that survives JSON.
 */
import { missing } from '#core/gang/barrier/arrive.ts';
import { isLive } from '#core/gang/phases.ts';
import type { BarrierStore } from '#core/gang/ports.ts';
import type { Control, Member, MemberState, Phase, Roster } from '#core/gang/records.ts';
import type { TaskManifest } from '#core/inference/manifest.ts';
import type { DonePartition } from '#core/inference/partition-figures.ts';
import { runObjects } from '#core/objects/addresses.ts';
import { readJson } from '#formats/json/json-object.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import type { RunPorts } from './ports.ts';

export type LivePorts = RunPorts & { readonly barriers: BarrierStore };

/** The current attempt of a gang. */
export interface GangLive {
  readonly attempt: number;
  readonly phase: Phase;
  /** Barriers that the attempt has passed. */
  readonly epoch: number;
  readonly worldSize: number;
  readonly members: readonly MemberLive[];
  /** The barrier that some ranks have come to and others have not. */
  readonly barrier?: BarrierLive;
}

export interface MemberLive {
  readonly instanceId: string;
  readonly state: MemberState;
  readonly accelerators: readonly string[];
  /** Its ranks once the roster is sealed. */
  readonly ranks: readonly number[];
  /** What the provider said of taking it away. */
  readonly notice?: string;
  readonly exits: Member['exits'];
}

export interface BarrierLive {
  readonly kind: 'barrier' | 'allGather';
  /** Where in the program the first that came stands. */
  readonly callSite: string;
  readonly arrived: readonly number[];
  readonly waitingFor: readonly number[];
}

/** Undefined for a run without a gang. */
export async function gangLive(ports: LivePorts, runId: string): Promise<GangLive | undefined> {
  const control = await ports.control.read(runId);
  if (control === undefined) return undefined;
  const { attempt, phase, epoch, worldSize } = control;
  const [members, roster, barrier] = await Promise.all([
    ports.members.list(runId, attempt),
    ports.control.roster(runId, attempt),
    isLive(phase) ? barrierOf(ports, control) : undefined,
  ]);
  return {
    ...{ attempt, phase, epoch, worldSize },
    members: members.map((member) => memberLive(member, roster)).toSorted(byRank),
    ...(barrier !== undefined && { barrier }),
  };
}

function memberLive(
  { instanceId, state, accelerators, notice, exits }: Member,
  roster: Roster | undefined,
): MemberLive {
  const own = roster?.hosts.find((host) => host.instanceId === instanceId);
  const ranks = own?.tasks.map(({ rank }) => rank) ?? [];
  return { instanceId, state, accelerators, ranks, exits, ...(notice !== undefined && { notice }) };
}

const byRank = (a: MemberLive, b: MemberLive): number =>
  (a.ranks[0] ?? Number.POSITIVE_INFINITY) - (b.ranks[0] ?? Number.POSITIVE_INFINITY) ||
  a.instanceId.localeCompare(b.instanceId);

async function barrierOf({ barriers }: LivePorts, control: Control): Promise<BarrierLive | undefined> {
  const { runId, attempt, epoch, worldSize } = control;
  const arrivals = await barriers.arrivals({ runId, attempt, epoch });
  if (arrivals === undefined) return undefined;
  const { kind, callSite, ranks } = arrivals;
  return { kind, callSite, arrived: ranks, waitingFor: missing(worldSize, ranks) };
}

/** A partition that has its predictions. */
export interface PartitionLive extends DonePartition {
  /** Time inside of the function, all stages together. */
  readonly ms: number;
}

const MANIFESTS_AT_ONCE = 16;

/** Partitions that are committed; those in `known` are taken from there and not read again. */
export async function partitionsLive(
  { objects, bucket }: Pick<RunPorts, 'objects' | 'bucket'>,
  runId: string,
  known: ReadonlyMap<string, PartitionLive> = new Map(),
): Promise<ReadonlyMap<string, PartitionLive>> {
  const found = new Map<string, PartitionLive>();
  const heads = objects.list(runObjects({ bucket, runId }).taskManifests);
  const read = async ({ uri }: { readonly uri: string }) => {
    const before = known.get(uri);
    return { uri, partition: before ?? partitionLive((await readJson<TaskManifest>(objects, uri)).value) };
  };
  for await (const { uri, partition } of ordered(heads, MANIFESTS_AT_ONCE, read)) found.set(uri, partition);
  return found;
}

function partitionLive({ partition, part, stageMs }: TaskManifest): PartitionLive {
  const ms = Object.values(stageMs).reduce((sum, one) => sum + one, 0);
  return { partition, rows: part.rows, sizeBytes: part.sizeBytes, stageMs, ms: Math.round(ms) };
}
