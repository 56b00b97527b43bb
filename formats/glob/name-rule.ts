import picomatch from 'picomatch';
import type { NameRule } from '#core/inference/folder.ts';

/**
 * The rule that glob patterns make: `*`, `**`, `?`, `[a-z]`, `{a,b}` and `!(…)`. One without a `/` is about the last part of
 * a path, one with a `/` about all of it. Letters count as they are written, on every system. One pattern that matches is
 * enough.
 */
export function nameRule(patterns: readonly string[] | undefined): NameRule | undefined {
  if (patterns === undefined) return undefined;
  const matchers = patterns.map((pattern) => {
    const matches = picomatch(pattern, { dot: true, nocase: false, nonegate: true, windows: false });
    return pattern.includes('/') ? matches : (name: string) => matches(name.slice(name.lastIndexOf('/') + 1));
  });
  return { patterns, matches: (name) => matchers.some((matches) => matches(name)) };
}
