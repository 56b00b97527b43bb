import type { MetricSink } from '#core/system/ports.ts';

/** Metrics that are kept, the first call first. */
export interface MemoryMetrics extends MetricSink {
  readonly puts: readonly Readonly<Record<string, number>>[];
}

export function memoryMetrics(): MemoryMetrics {
  const puts: Readonly<Record<string, number>>[] = [];
  return { puts, put: (values) => void puts.push(values) };
}
