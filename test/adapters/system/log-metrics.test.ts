import { describe, expect, it } from 'vitest';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { logMetrics } from '#adapters/system/log-metrics.ts';

describe('metrics in the log', () => {
  it('are one line in the embedded metric format: each value beside its definition, under its deployment', () => {
    const lines: string[] = [];
    const metrics = logMetrics({ clock: memoryClock(5), deployment: 'Blue', write: (line) => void lines.push(line) });
    metrics.put({ Hosts: 3, Gangs: 1 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      _aws: {
        Timestamp: 5,
        CloudWatchMetrics: [
          { Namespace: 'Lockstep', Dimensions: [['Deployment']], Metrics: [{ Name: 'Hosts' }, { Name: 'Gangs' }] },
        ],
      },
      ...{ Deployment: 'Blue', Hosts: 3, Gangs: 1 },
    });
  });
});
