/**
 * What a program's last words say about its end. The line that names the error comes first, because it is what people
 * look for and what a verdict is made from; then the traceback, or what was written last.
 */

/** The text travels in a DynamoDB item. */
const CHARACTERS_MAX = 1500;
const LINES_MAX = 12;
/** Of a line that is longer than all of the text may be, the beginning has the type and the end what was got. */
const END_CHARACTERS = 400;

/** Exceptions by which launchers say that a program of theirs failed: never why. */
const OF_LAUNCHERS =
  /ChildFailedError|CalledProcessError|SignalException|ProcessExitedException|ProcessRaisedException/;

const TRACEBACK = /^\s*Traceback \(most recent call last\):/;
/** In front of each line that torch and other launchers pass on: `[rank0]:`, `[1,3]<stderr>:`. */
const PREFIX = /^(\[(?:rank|default)?\d+(?:,\d+)?\](?:<std(?:err|out)>)?:\s?)/;

/** Other languages: the line that begins the report of an error. */
const ERROR_LINES: readonly RegExp[] = [
  // JavaScript, also with a prefix; Java.
  /^(?:Uncaught )?(?:[\w$.]+ )?[\w$.]*(?:Error|Exception)(?: \[[\w-]+\])?: .+/,
  /^Exception in thread .+/,
  /^(?:panic|fatal error): .+/,
  /^thread '.+' panicked at .+/,
  /^terminate called after throwing .+/,
  /^\s+what\(\): .+/,
];

/** The message of an exit, at most 1,500 characters; empty if nothing was said. */
export function errorText(lastWords: string): string {
  const lines = lastWords.split(/\r\n|\r|\n/).map((line) => line.replace(PREFIX, '').trimEnd());
  const found = pythonError(lines) ?? otherError(lines);
  if (found === undefined) return shortened(lines.slice(-LINES_MAX).join('\n').trim(), 'end');
  const error = shortened(found.error.trim());
  const room = CHARACTERS_MAX - error.length - 1;
  const context = found.context.join('\n').trimEnd().slice(-Math.max(room, 0));
  return room > 0 && context !== '' ? `${error}\n${context}` : error;
}

interface Found {
  /** Type and message; some messages have several lines. */
  readonly error: string;
  readonly context: readonly string[];
}

/** The last traceback whose exception is not a launcher's, or else the last. */
function pythonError(lines: readonly string[]): Found | undefined {
  const starts = lines.flatMap((line, at) => (TRACEBACK.test(line) ? [at] : []));
  const all = starts.flatMap((start) => tracebackAt(lines, start) ?? []);
  return all.findLast(({ error }) => !OF_LAUNCHERS.test(error)) ?? all.at(-1);
}

function tracebackAt(lines: readonly string[], start: number): Found | undefined {
  const isOfFrames = (line: string | undefined) => line !== undefined && /^\s+\S/.test(line);
  let at = start + 1;
  while (isOfFrames(lines[at])) at++;
  const error = lines[at];
  if (error === undefined || !/^[A-Za-z_]/.test(error)) return undefined;
  return { error, context: lines.slice(start, at) };
}

function otherError(lines: readonly string[]): Found | undefined {
  const at = lines.findLastIndex((line) => ERROR_LINES.some((pattern) => pattern.test(line)));
  const error = lines[at];
  return error === undefined ? undefined : { error, context: lines.slice(at + 1, at + LINES_MAX) };
}

/** The text cut to size: in the middle, where its beginning and end both matter, or at its beginning. */
export function shortened(text: string, keep: 'both' | 'end' = 'both'): string {
  if (text.length <= CHARACTERS_MAX) return text;
  if (keep === 'end') return `…${text.slice(-(CHARACTERS_MAX - 1))}`;
  return `${text.slice(0, CHARACTERS_MAX - END_CHARACTERS - 1)}…${text.slice(-END_CHARACTERS)}`;
}
