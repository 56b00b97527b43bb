import type { Observer } from './run.ts';

/** One line of an execution's history, in the words of GetExecutionHistory. */
export interface HistoryEvent {
  readonly id: number;
  readonly previousEventId: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
  readonly type: string;
  readonly [details: string]: unknown;
}

/** AWS ends an execution that has more; here the oldest states of a very long one are simply not kept. */
const LIMIT = 25_000;

/** Records what happens in an execution. Inputs and outputs are JSON text, as in the API. */
export class History {
  readonly events: HistoryEvent[] = [];

  add(type: string, details: Readonly<Record<string, unknown>> = {}): void {
    const id = (this.events.at(-1)?.id ?? 0) + 1;
    this.events.push({ id, previousEventId: id - 1, timestamp: Date.now() / 1000, type, ...details });
    if (this.events.length > LIMIT) this.events.shift();
  }

  readonly observer: Observer = {
    entered: (name, type, input) =>
      this.add(`${type}StateEntered`, { stateEnteredEventDetails: { name, input: text(input) } }),
    exited: (name, type, output) =>
      this.add(`${type}StateExited`, { stateExitedEventDetails: { name, output: text(output) } }),
    succeeded: (_name, type, output) => {
      if (type === 'Task') this.add('TaskSucceeded', { taskSucceededEventDetails: { output: text(output) } });
    },
    failed: (_name, type, { error, reason }) => {
      const kind = error === 'States.Timeout' || error === 'States.HeartbeatTimeout' ? 'TimedOut' : 'Failed';
      if (type === 'Task') this.add(`Task${kind}`, { [`task${kind}EventDetails`]: { error, cause: reason } });
      else if (type === 'Map' || type === 'Parallel') this.add(`${type}StateFailed`, {});
    },
  };
}

const text = (value: unknown) => JSON.stringify(value);
