/**
 * `checkpoints/LATEST.json`, replaced only by If-Match. `attempt` is the fence: each attempt raises it before its tasks
 * start, so that a write of an earlier one, however late, loses and is told so. Every file that was ever put has a key
 * of its own, so that nothing which this manifest names is ever overwritten.
 */
export interface LatestCheckpoint {
  readonly version: 2;
  /** The attempt that may write next. */
  readonly attempt: number;
  /** What every rank of that attempt goes on from: the newest as the attempt took over. */
  readonly pinned: SavedCheckpoint | null;
  /** The newest. */
  readonly saved: SavedCheckpoint | null;
  /** Those before it that are kept, newest first. */
  readonly older: readonly SavedCheckpoint[];
}

export interface SavedCheckpoint {
  /** The attempt that saved it. */
  readonly attempt: number;
  readonly step: number;
  readonly files: CheckpointFiles;
}

/** Name → file. A name may be any text, `__proto__` as well: build it by `Object.fromEntries`, ask it by `Object.hasOwn`. */
export type CheckpointFiles = Readonly<Record<string, CheckpointFile>>;

export interface CheckpointFile {
  /** Relative to `OBJECTS.checkpoints(runId)`. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Key of a file that is put now; `id` was never used before. */
export const checkpointKey = (at: { readonly attempt: number; readonly step: number }, id: string, name: string) =>
  `${at.attempt}/${at.step}/${id}/${name}`;

/** What an attempt makes of the manifest when it takes over; undefined if it has done so, or a host of it has. */
export function takenOver(current: LatestCheckpoint | undefined, attempt: number): LatestCheckpoint | undefined {
  if (current?.attempt === attempt) return undefined;
  const saved = current?.saved ?? null;
  return { version: 2, attempt, pinned: saved, saved, older: current?.older ?? [] };
}

/** The manifest with a new checkpoint, of which `keep` are kept in all. */
export function withCheckpoint(current: LatestCheckpoint, saved: SavedCheckpoint, keep: number): LatestCheckpoint {
  const before = current.saved === null ? [] : [current.saved];
  return { ...current, saved, older: [...before, ...current.older].slice(0, keep - 1) };
}

/** Keys that a manifest names. */
export function keysOf({ pinned, saved, older }: LatestCheckpoint): ReadonlySet<string> {
  const all = [pinned, saved, ...older].filter((one) => one !== null);
  return new Set(all.flatMap(({ files }) => Object.values(files).map((file) => file.key)));
}

/** The file of a step: of the pinned checkpoint if that is its step, so that all ranks read the same, else of another. */
export function findFile(latest: LatestCheckpoint, step: number, name: string): CheckpointFile | undefined {
  const all = [latest.pinned, latest.saved, ...latest.older].filter((one) => one !== null);
  const found = all.find((one) => one.step === step);
  return found !== undefined && Object.hasOwn(found.files, name) ? found.files[name] : undefined;
}
