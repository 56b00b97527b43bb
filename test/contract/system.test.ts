import { describe } from 'vitest';
import { memoryClock } from '#adapters/memory/memory-clock.ts';
import { memoryIds } from '#adapters/memory/memory-ids.ts';
import { memoryLog } from '#adapters/memory/memory-log.ts';
import { memoryMetrics } from '#adapters/memory/memory-metrics.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { logMetrics } from '#adapters/system/log-metrics.ts';
import { clockContract } from './clock-contract.ts';
import { idsContract } from './ids-contract.ts';
import { logContract } from './log-contract.ts';
import { metricSinkContract } from './metric-sink-contract.ts';

describe('the clock in memory', () => {
  const clock = memoryClock();
  clockContract(() => clock);
});
describe('the clock of the machine', () => clockContract(() => systemClock));

describe('the ids in memory', () => {
  const ids = memoryIds();
  idsContract(() => ids);
});
describe('the ids of the machine', () => idsContract(() => systemIds));

describe('the log in memory', () =>
  logContract(() => {
    const log = memoryLog();
    return { log, lines: () => log.lines.map(({ fields, ...line }) => ({ ...line, ...fields })) };
  }));
describe('the log as lines of JSON', () =>
  logContract(() => {
    const written: string[] = [];
    return { log: jsonLog((text) => void written.push(text)), lines: () => written.map((text) => JSON.parse(text)) };
  }));

describe('the metrics in memory', () =>
  metricSinkContract(() => {
    const sink = memoryMetrics();
    return { sink, puts: () => sink.puts };
  }));
describe('the metrics in the log', () =>
  metricSinkContract(() => {
    const written: string[] = [];
    const write = (line: string) => void written.push(line);
    const sink = logMetrics({ clock: memoryClock(), deployment: 'Blue', write });
    return { sink, puts: () => written.map((line) => JSON.parse(line)) };
  }));
