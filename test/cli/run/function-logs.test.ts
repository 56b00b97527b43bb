import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { functionLogReader, keepFunctionLogs, keptFunctionLines } from '../../../cli/run/function-logs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-functions-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const INFER = 'Lockstep-InferenceInferPartitionFunction4A5EC477.log';
const line = (second: number, runId: string, message: string, more: object = {}) =>
  `${JSON.stringify({ time: `2026-01-01T00:00:0${second}.000Z`, level: 'info', message, runId, ...more })}\n`;

it('gives the lines of one run, of all functions in the order of their times, each once', async () => {
  const write = (name: string, text: string | Buffer) => appendFileSync(join(folder, name), text);
  write(INFER, `${line(2, 'a-1', 'predicted', { rows: 3 })}no JSON, of a-1\n${line(2, 'a-10', 'predicted')}`);
  write('Lockstep-TrainingWatchSweepGangsFunctionBCE82666.log', line(1, 'a-1', 'swept'));
  write('other.txt', line(1, 'a-1', 'ignored'));
  const reader = functionLogReader(folder, 'a-1');
  expect(await reader.poll()).toEqual([
    { function: 'SweepGangs', time: '2026-01-01T00:00:01.000Z', level: 'info', text: 'swept' },
    { function: 'InferPartition', time: '2026-01-01T00:00:02.000Z', level: 'info', text: 'predicted rows=3' },
  ]);
  expect(await reader.poll()).toEqual([]);

  // A line whose end is not written yet, cut in the middle of a character.
  const half = Buffer.from(line(3, 'a-1', 'café'));
  const cut = half.indexOf('é') + 1;
  write(INFER, half.subarray(0, cut));
  expect(await reader.poll()).toEqual([]);
  write(INFER, half.subarray(cut));
  expect((await reader.poll()).map(({ text }) => text)).toEqual(['café']);
});

it('keeps them for when the cloud is gone', async () => {
  writeFileSync(join(folder, INFER), line(1, 'a-1', 'predicted', { rows: 3 }));
  const run = join(folder, 'run');
  await keepFunctionLogs({ functionLogs: folder }, 'a-2', run);
  expect(keptFunctionLines(run)).toEqual([]);
  await keepFunctionLogs({ functionLogs: folder }, 'a-1', run);
  expect(keptFunctionLines(run)).toMatchObject([{ function: 'InferPartition', text: 'predicted rows=3' }]);
});
