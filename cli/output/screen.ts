import { SingleBar } from 'cli-progress';
import colors from 'picocolors';

/** Where a command says how it gets on: standard error, so that standard output stays for results. */
export interface Screen {
  /** Begins a phase, which ends the one before, as failed if so; nothing changes if it is the one that goes on. */
  phase(name: string, before?: 'failed' | undefined): void;
  /** How far the phase is, 0 … 1, with a few words. */
  progress(fraction: number, text: string): void;
  /** A line that stays. */
  say(text: string): void;
  /** Ends the last phase. */
  end(): void;
  /** Ends the last phase as one that did not come to what it was for. */
  fail(): void;
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
  const close = (mark: string) => {
    if (current === undefined) return;
    current.bar?.stop();
    const { name, startedAt } = current;
    stream.write(`${CLEAR_LINE}  ${mark} ${name.padEnd(NAME_WIDTH)} ${colors.dim(since(startedAt))}\n`);
    current = undefined;
  };
  const end = () => close(colors.green('✓'));
  const fail = () => close(colors.red('✗'));
  return {
    phase(name, before) {
      if (name === current?.name) return;
      if (before === 'failed') fail();
      else end();
      current = { name, startedAt: performance.now(), fraction: 0, text: '' };
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
      stream.write(`${CLEAR_LINE}${text}\n`);
      if (current?.bar !== undefined) current.bar = startBar(current);
      else if (current !== undefined) stream.write(`  ${current.name} …`);
    },
    end,
    fail,
  };
}

const PLAIN_EVERY_MS = 5_000;

/** Lines for logs: when a phase begins and ends, and in between at most one in five seconds. */
export function plainScreen(write: (line: string) => void, now: () => number = () => performance.now()): Screen {
  let current: { readonly name: string; readonly startedAt: number; saidAt: number } | undefined;
  const close = (how: string) => {
    if (current !== undefined) write(`${current.name}: ${how} ${since(current.startedAt, now())}`);
    current = undefined;
  };
  const end = () => close('done in');
  const fail = () => close('failed after');
  return {
    phase(name, before) {
      if (name === current?.name) return;
      if (before === 'failed') fail();
      else end();
      current = { name, startedAt: now(), saidAt: now() };
      write(`${name}: started`);
    },
    progress(fraction, text) {
      if (current === undefined || now() - current.saidAt < PLAIN_EVERY_MS) return;
      current.saidAt = now();
      write(`${current.name}: ${Math.floor(fraction * 100)} %${text === '' ? '' : `, ${text}`}`);
    },
    say: write,
    end,
    fail,
  };
}

const since = (startedAt: number, now: number = performance.now()): string =>
  `${((now - startedAt) / 1000).toFixed(1)} s`;
