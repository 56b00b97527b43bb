import { expect, it } from 'vitest';
import type { MetricSink } from '#core/system/ports.ts';

/** A sink, and the values that were put into it, a record for each call. */
export interface MetricSinkUnderTest {
  readonly sink: MetricSink;
  puts(): readonly Readonly<Record<string, unknown>>[];
}

/** What every MetricSink must do. */
export function metricSinkContract(start: () => MetricSinkUnderTest): void {
  it('keeps the values of one call together, those of zero too, and the calls in their order', () => {
    const { sink, puts } = start();
    sink.put({ Hosts: 3, Gangs: 0 });
    sink.put({ Hosts: 2 });
    expect(puts()).toMatchObject([{ Hosts: 3, Gangs: 0 }, { Hosts: 2 }]);
  });
}
