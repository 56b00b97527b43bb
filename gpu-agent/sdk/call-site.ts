/**
 * Where in the user's code a call stands, as `file:line`, without the folder: it names the same place on every host.
 * Frames above `entry`, the SDK function that the user called, are left out.
 */
export function callSite(entry: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, entry);
  const frame = holder.stack?.split('\n')[1] ?? '';
  return /([^/\\\s(]+:\d+):\d+\)?$/.exec(frame)?.[1] ?? 'unknown';
}
