const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const STEP = 1024;

/** A size in the unit that keeps it short: `512 bytes`, `1.4 MiB`. */
export function showBytes(bytes: number): string {
  const unit = bytes < STEP ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / Math.log2(STEP)));
  return unit === 0 ? `${bytes} bytes` : `${(bytes / STEP ** unit).toFixed(1)} ${UNITS[unit]}`;
}
