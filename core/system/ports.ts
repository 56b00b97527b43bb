/** The machine as core sees it: time, names that are unique, and a place to say what happens. */

export interface Clock {
  /** Epoch milliseconds, for records that people read. */
  wallMs(): number;
  /** Milliseconds of a clock that never jumps; the only one that decisions use. */
  monotonicMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** Sortable, unique, lower case, at most 26 characters. */
  next(): string;
}

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Figures for whoever watches a deployment; their names are METRICS in core/names.ts. */
export interface MetricSink {
  /** Adds one value to each of these metrics, as of now. Nothing that is decided depends on it. */
  put(values: Readonly<Record<string, number>>): void;
}
