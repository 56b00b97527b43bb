const SECOND = 1000;
const UNITS: readonly (readonly [unit: string, ms: number])[] = [
  ['d', 24 * 3600 * SECOND],
  ['h', 3600 * SECOND],
  ['min', 60 * SECOND],
  ['s', SECOND],
];

/** How long ago a moment was, in its largest unit: `3 min ago`. Both in epoch milliseconds. */
export function ago(ms: number, nowMs: number): string {
  const passed = nowMs - ms;
  const [unit, size] = UNITS.find(([, each]) => passed >= each) ?? ['s', SECOND];
  return passed < SECOND ? 'just now' : `${Math.floor(passed / size)} ${unit} ago`;
}

/** A moment as the clock on the wall shows it, with its offset: `2026-01-31 14:05:09 +01:00`. */
export function localTime(ms: number): string {
  const offsetMin = -new Date(ms).getTimezoneOffset();
  const local = new Date(ms + offsetMin * 60 * SECOND).toISOString();
  const [hours, minutes] = [Math.floor(Math.abs(offsetMin) / 60), Math.abs(offsetMin) % 60];
  const offset = `${offsetMin < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${offset}`;
}
