/** How a result is cut into files. */
export interface FilePlan {
  readonly rowsPerFile: number;
  readonly rowsPerGroup: number;
}

const FILE_BYTES = 64 * 1024 * 1024;
const GROUP_BYTES = 16 * 1024 * 1024;
/** The engine hands rows on in vectors of this many. */
const VECTOR_ROWS = 2048;
const MOST_ROWS_PER_GROUP = 60 * VECTOR_ROWS;
/** Athena's workers each write a file of their own, so that even a small result comes in several. */
const WORKERS = 8;
/** Few enough for a gang to try itself on a table of a hundred rows: each rank needs a file. */
const LEAST_ROWS_PER_WORKER = 16;

/** Files of at most about 64 MiB, row groups of at most about 16 MiB; `bytesPerRow` is measured on disk. */
export function planFiles(rows: number, bytesPerRow: number): FilePlan {
  const bySize = Math.ceil((rows * bytesPerRow) / FILE_BYTES);
  const byWorkers = Math.min(WORKERS, Math.ceil(rows / LEAST_ROWS_PER_WORKER));
  const vectors = Math.floor(GROUP_BYTES / bytesPerRow / VECTOR_ROWS);
  return {
    rowsPerFile: Math.ceil(rows / Math.max(bySize, byWorkers, 1)),
    rowsPerGroup: Math.min(Math.max(vectors, 1) * VECTOR_ROWS, MOST_ROWS_PER_GROUP),
  };
}
