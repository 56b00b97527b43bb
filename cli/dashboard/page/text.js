/** Values as people read them. */

/** A span of time, e.g. `0.4 s`, `12 s`, `4 min 05 s`, `2 h 10 min`. */
export function duration(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `3 min ago`, in steps that do not flicker. */
export function ago(ms, now) {
  const seconds = Math.floor((now - ms) / 1000);
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

export function bytes(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${value >= 100 || unit === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

/** `ranks 3, 5` or `rank 3`; long lists are cut and say so. */
export function ranks(list) {
  const shown = list.slice(0, 12).join(', ');
  return `${list.length === 1 ? 'rank' : 'ranks'} ${shown}${list.length > 12 ? ` and ${list.length - 12} more` : ''}`;
}

export const count = (n, what) => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
export const number = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value));

/** State → tone of its mark. Every mark also carries the word: colour alone says nothing to many. */
export const TONE = {
  running: 'plain',
  stopping: 'quiet',
  succeeded: 'good',
  restarted: 'bad',
  failed: 'bad',
  cancelled: 'quiet',
  unknown: 'quiet',
};
