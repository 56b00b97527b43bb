/** Metrics that tasks report: numbers, and those three that JSON has no word for. */

/** A number, or what a computation that went wrong gave in place of one; in JSON these three are text. */
export type MetricValue = number | 'NaN' | 'Infinity' | '-Infinity';

export type Metrics = Readonly<Record<string, MetricValue>>;

const ODD: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity']);

/** More than people look at; the rest would only make items and reports large. */
const METRICS_MAX = 200;

/** What of a reported object is metrics. The rest is left out and never an error: telemetry must not end a training. */
export function metricsOf(reported: unknown): { readonly metrics: Metrics; readonly ignored: readonly string[] } {
  const isMap = typeof reported === 'object' && reported !== null && !Array.isArray(reported);
  const entries = Object.entries(isMap ? reported : {});
  const isMetric = ([, value]: readonly [string, unknown]) => Number.isFinite(value) || ODD.has(value);
  const good = entries.filter(isMetric).slice(0, METRICS_MAX) as [string, MetricValue][];
  const names = new Set(good.map(([name]) => name));
  const ignored = entries.map(([name]) => name).filter((name) => !names.has(name));
  return { metrics: Object.fromEntries(good), ignored: isMap ? ignored : ['metrics'] };
}

/** As people read it: four digits are enough for a look. */
export const showMetric = (value: MetricValue): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(4))) : value;
