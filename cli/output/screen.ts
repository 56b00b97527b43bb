import { SingleBar } from 'cli-progress';
import colors from 'picocolors';
import { wrappedFor } from './wrap.ts';

/** Where a command says how it gets on: standard error, so that standard output stays for results. */
export interface Screen {
  /** Begins a phase, which ends the one before; nothing changes if it is the one that goes on. */
  phase(name: string, told?: PhaseTold): void;
  /** How far the phase is, 0 … 1, with a few words. */
  progress(fraction: number, text: string): void;
  /** A line that stays. */
  say(text: string): void;
  /** Ends the last phase. */
  end(): void;
  /** Ends the last phase as one that did not come to what it was for. */
  fail(): void;
}

/** What is known of a phase that began before the screen hears of it. */
export interface PhaseTold {
  /** How the phase before it ended. @default done */
  readonly before?: 'done' | 'failed';
  /** How long that one took. @default - as long as the screen has shown it */
  readonly beforeMs?: number;
  /** How long this one has been going on. @default 0 */
  readonly forMs?: number;
}

/** Bars on a terminal, plain lines elsewhere. */
export function openScreen(stream: NodeJS.WriteStream = process.stderr): Screen {
  return stream.isTTY ? terminalScreen(stream) : plainScreen((line) => stream.write(`${line}\n`));
}

const BAR = `  {name} ${colors.cyan('{bar}')} {percentage}% {text}`;
const NAME_WIDTH = 8;
const BAR_WIDTH = 20;
const CLEAR_LINE = '\r\x1b[K';

interface TerminalPhase {
  readonly name: string;
  readonly startedAt: number;
  /** Once there is something to measure. */
  bar?: SingleBar;
  fraction: number;
  text: string;
}

/** A phase is a line until it has something to measure, then a bar, and in the end a line that says how it ended. */
function terminalScreen(stream: NodeJS.WriteStream): Screen {
  let current: TerminalPhase | undefined;
  const options = { format: BAR, stream, barsize: BAR_WIDTH, hideCursor: true, clearOnComplete: true, linewrap: false };
  const startBar = ({ name, fraction, text }: TerminalPhase): SingleBar => {
    const bar = new SingleBar({ ...options, barCompleteChar: '━', barIncompleteChar: '─' });
    stream.write(CLEAR_LINE);
    bar.start(1, fraction, { name: name.padEnd(NAME_WIDTH), text });
    return bar;
  };
  const close = (mark: string, tookMs?: number) => {
    if (current === undefined) return;
    current.bar?.stop();
    const { name, startedAt } = current;
    const took = seconds(tookMs ?? performance.now() - startedAt);
    stream.write(`${CLEAR_LINE}  ${mark} ${name.padEnd(NAME_WIDTH)} ${colors.dim(took)}\n`);
    current = undefined;
  };
  const end = (tookMs?: number) => close(colors.green('✓'), tookMs);
  const fail = (tookMs?: number) => close(colors.red('✗'), tookMs);
  return {
    phase(name, { before, beforeMs, forMs = 0 } = {}) {
      if (name === current?.name) return;
      if (before === 'failed') fail(beforeMs);
      else end(beforeMs);
      current = { name, startedAt: performance.now() - forMs, fraction: 0, text: '' };
      stream.write(`  ${name} …`);
    },
    progress(fraction, text) {
      if (current === undefined) return;
      Object.assign(current, { fraction: Math.min(1, fraction), text });
      if (current.bar === undefined) current.bar = startBar(current);
      else current.bar.update(current.fraction, { text });
    },
    say(text) {
      // A bar returns to the place where it was started, and lets no long line wrap: it makes way, and starts again below.
      current?.bar?.stop();
      stream.write(`${CLEAR_LINE}${wrappedFor(stream, text).join('\n')}\n`);
      if (current?.bar !== undefined) current.bar = startBar(current);
      else if (current !== undefined) stream.write(`  ${current.name} …`);
    },
    end: () => end(),
    fail: () => fail(),
  };
}

const PLAIN_EVERY_MS = 5_000;

/** Lines for logs: when a phase begins and ends, and in between at most one in five seconds. */
export function plainScreen(write: (line: string) => void, now: () => number = () => performance.now()): Screen {
  let current: { readonly name: string; readonly startedAt: number; saidAt: number } | undefined;
  const close = (how: string, tookMs?: number) => {
    if (current !== undefined) write(`${current.name}: ${how} ${seconds(tookMs ?? now() - current.startedAt)}`);
    current = undefined;
  };
  const end = (tookMs?: number) => close('done in', tookMs);
  const fail = (tookMs?: number) => close('failed after', tookMs);
  return {
    phase(name, { before, beforeMs, forMs = 0 } = {}) {
      if (name === current?.name) return;
      if (before === 'failed') fail(beforeMs);
      else end(beforeMs);
      current = { name, startedAt: now() - forMs, saidAt: now() };
      write(`${name}: started`);
    },
    progress(fraction, text) {
      if (current === undefined || now() - current.saidAt < PLAIN_EVERY_MS) return;
      current.saidAt = now();
      write(`${current.name}: ${Math.floor(fraction * 100)} %${text === '' ? '' : `, ${text}`}`);
    },
    say: write,
    end: () => end(),
    fail: () => fail(),
  };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
