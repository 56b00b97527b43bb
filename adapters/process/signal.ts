/** Sends a signal to a process group; one that has ended already is no error. */
export function signalGroup(pgid: number, signal: NodeJS.Signals): void {
  send(-pgid, signal);
}

/** Sends a signal to a process; one that has ended already is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  send(pid, signal);
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
