import type { ArchiveEntry } from '#adapters/archive/pack.ts';
import { LockstepError } from '#core/errors.ts';
import { showBytes } from '../output/bytes.ts';

/** Of all files, unpacked: every host fetches it before its tasks start. */
const BYTES_MAX = 2 ** 30;

/** LS_CODE_TOO_LARGE with what is largest. */
export function checkSize(entries: readonly ArchiveEntry[]): void {
  const sizes = new Map<string, number>();
  let total = 0;
  for (const entry of entries) {
    if (entry.kind !== 'file') continue;
    const [first = '', second] = entry.path.split('/');
    const place = second === undefined ? first : `${first}/`;
    sizes.set(place, (sizes.get(place) ?? 0) + entry.sizeBytes);
    total += entry.sizeBytes;
  }
  if (total <= BYTES_MAX) return;
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, 3);
  const text = largest.map(([place, sizeBytes]) => `${place} ${showBytes(sizeBytes)}`).join(', ');
  throw new LockstepError(
    'LS_CODE_TOO_LARGE',
    `the files of the job have ${showBytes(total)}, expected at most ${showBytes(BYTES_MAX)}; the largest: ${text}`,
  );
}
