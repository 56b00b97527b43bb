import { spawn } from 'node:child_process';

/** Tells systemd this many times within the period that it grants. */
const BEATS_A_PERIOD = 3;

/**
 * Tells systemd that the agent's event loop turns, if systemd asks for it (`WatchdogSec` of the unit): an agent that
 * hangs is killed, and its tasks with it, instead of holding hosts that nobody watches. Node cannot write to the
 * datagram socket that systemd listens on, so systemd's own tool does. Call what is returned to stop.
 */
export function keepWatchdog(env: NodeJS.ProcessEnv): () => void {
  const periodMs = Number(env.WATCHDOG_USEC) / 1000;
  if (env.NOTIFY_SOCKET === undefined || !(periodMs > 0)) return () => {};
  const beat = () => {
    // A beat that cannot be sent is a missed one, which is for systemd to judge.
    spawn('systemd-notify', ['WATCHDOG=1'], { env, stdio: 'ignore' }).on('error', () => {});
  };
  beat();
  const timer = setInterval(beat, periodMs / BEATS_A_PERIOD);
  return () => clearInterval(timer);
}
