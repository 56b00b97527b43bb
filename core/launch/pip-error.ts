/**
 * What pip, or what it ran, says went wrong, as one line: its own errors, the last one first because it names the
 * requirement, and the last line of a build that failed. The last line of all where pip says nothing.
 */
export function pipError(output: string): string {
  const lines = output.split(/[\r\n]+/).map((line) => line.trimEnd());
  const said = lines.filter((line) => line.startsWith('ERROR: ')).map((line) => line.slice('ERROR: '.length));
  const built = lines.findLastIndex((line) => /^\s*\[end of output\]/.test(line));
  const failure = built > 0 ? (lines[built - 1] ?? '').trim() : '';
  const all = [...said.reverse(), ...(failure === '' ? [] : [failure])];
  if (all.length > 0) return [...new Set(all)].join('; ');
  return lines.findLast((line) => line.trim() !== '')?.trim() ?? 'it printed nothing';
}

/** True where the disk was full, which is no fault of what was asked for. */
export const isDiskFull = (output: string): boolean => /No space left on device|Disk quota exceeded/.test(output);
