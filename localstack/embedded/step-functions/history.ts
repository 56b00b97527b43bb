import { REGION } from '../template/account.ts';
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

/** AWS ends an execution whose history would have more, in whatever state it is. */
export const HISTORY_LIMIT = 25_000;

/** Records what happens in an execution. Inputs and outputs are JSON text, as in the API. */
export class History {
  readonly events: HistoryEvent[] = [];
  readonly #onFull: () => void;

  /** `onFull` is called when there is room for one event more, which is that of the end. */
  constructor(onFull: () => void = () => {}) {
    this.#onFull = onFull;
  }

  add(type: string, details: Readonly<Record<string, unknown>> = {}): void {
    if (this.events.length >= HISTORY_LIMIT - 1) return;
    this.#push(type, details);
    if (this.events.length === HISTORY_LIMIT - 1) this.#onFull();
  }

  /** The last event, for which there is always room. */
  end(type: string, details: Readonly<Record<string, unknown>>): void {
    this.#push(type, details);
  }

  #push(type: string, details: Readonly<Record<string, unknown>>): void {
    const id = this.events.length + 1;
    this.events.push({ id, previousEventId: id - 1, timestamp: Date.now() / 1000, type, ...details });
  }

  readonly observer: Observer = {
    entered: (name, type, input) =>
      this.add(`${type}StateEntered`, { stateEnteredEventDetails: { name, input: text(input) } }),
    scheduled: (resource, waits) => {
      const [, , service = ''] = resource.split(':');
      const details = { resource, resourceType: service };
      this.add('TaskScheduled', { taskScheduledEventDetails: { ...details, region: REGION } });
      this.add('TaskStarted', { taskStartedEventDetails: details });
      if (waits) this.add('TaskSubmitted', { taskSubmittedEventDetails: details });
    },
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
