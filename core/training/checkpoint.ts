/**
 * `checkpoints/LATEST.json`, replaced only by If-Match. `attempt` is the fence: each attempt raises it before its tasks
 * start, so that a write of an earlier one, however late, loses and is told so. Files of a step lie below the attempt
 * that saved them and are never overwritten by another.
 */
export interface LatestCheckpoint {
  readonly version: 1;
  /** The attempt that may write next. */
  readonly attempt: number;
  readonly saved: SavedCheckpoint | null;
}

export interface SavedCheckpoint {
  /** The attempt that saved it. */
  readonly attempt: number;
  readonly step: number;
  readonly files: Readonly<Record<string, { readonly sizeBytes: number; readonly sha256: string }>>;
}

/** Key of a file of a checkpoint, relative to `OBJECTS.checkpoints(runId)`. */
export const checkpointFile = (saved: { readonly attempt: number; readonly step: number }, name: string): string =>
  `${saved.attempt}/${saved.step}/${name}`;
