import { LockstepError } from '#core/errors.ts';

/** What a terminal, a parent or an operator can tell this process to do: stop, and stop at once. */
export interface Interrupt {
  /** Aborted by the first signal, then its reason is LS_CANCELLED unless it means something else, or by `abort`. */
  readonly signal: AbortSignal;
  /** What the first signal does from here on. Without it, it cancels the run of the command. */
  means(meaning: InterruptMeaning): void;
  /** Cancels what runs for another reason than a signal. */
  abort(reason: LockstepError): void;
  /** Run by the second signal, before the process ends. */
  onForce(stop: () => Promise<void>): void;
  /** Runs what the second signal would, and resolves when it is done or has failed. */
  force(): Promise<void>;
}

export interface InterruptMeaning {
  /** What is said, after the name of the signal. */
  readonly says: string;
  /** What the command ends with. */
  readonly reason: LockstepError;
}

/** For a command that goes on until it is told to stop: that is no failure of it. */
export const STOPS: InterruptMeaning = {
  says: 'stopping; once more stops at once.',
  reason: new LockstepError('LS_CANCELLED', 'it was told to stop'),
};

/** A terminal, npm and a wrapper may each pass on the same key press: one within this time is the same one. */
const SAME_PRESS_MS = 500;

/** `end` ends the process after a second signal; as it is, without a word and with 130. */
export function listenForInterrupt(say: (text: string) => void, end: () => void = () => process.exit(130)): Interrupt {
  const controller = new AbortController();
  const stops: (() => Promise<void>)[] = [];
  let firstAt: number | undefined;
  let meaning: InterruptMeaning | undefined;

  const force = async () => {
    await Promise.allSettled(stops.map((stop) => stop()));
  };
  const onSignal = (signal: string) => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      say(`${signal}: ${meaning?.says ?? 'cancelling; once more stops at once.'}`);
      controller.abort(meaning?.reason ?? new LockstepError('LS_CANCELLED', `cancelled by ${signal}`));
    } else if (now - firstAt > SAME_PRESS_MS) {
      void force().then(end);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => onSignal(signal));
  // Started by cli/with-node.mjs under an older Node: the channel closes when that process is gone.
  process.on('disconnect', () => onSignal('SIGHUP'));
  process.channel?.unref();
  return {
    signal: controller.signal,
    means: (given) => {
      meaning = given;
    },
    abort: (reason) => controller.abort(reason),
    onForce: (stop) => void stops.push(stop),
    force,
  };
}
