import { expect, it } from 'vitest';
import { failureLines, type Summary, summaryLines } from '../../../cli/output/summary.ts';

const SUMMARY: Summary = {
  ...{ ok: true, kind: 'pipeline', runs: ['a', 'b'], accuracy: 0.95, rowsPredicted: 10_000, rowsPerSecond: 5000 },
  ...{ attempts: 2, hostsAcquired: 3, hostsReleased: 3, phases: { stage: 1.04, train: 12 } },
  ...{ outputs: 'file:///m.json', report: '/r.html' },
};

it('is a few lines for people', () => {
  expect(summaryLines(SUMMARY)).toEqual([
    'accuracy   0.950',
    'predicted  10,000 rows, 5,000 a second',
    'hosts      3 acquired, 3 released, 2 attempts',
    'phases     stage 1.0 s · train 12.0 s',
    'outputs    file:///m.json',
    'report     /r.html',
  ]);
});

it('leaves out what the run does not have', () => {
  const { ok, kind, runs, phases, outputs, report } = SUMMARY;
  const lines = summaryLines({ ok, kind, runs, phases, outputs, report });
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['phases', 'outputs', 'report']);
});

it('of a failure says what happened and what to do', () => {
  expect(failureLines({ ok: false, code: 'LS_X', message: 'broke', remedy: 'Mend it.' })).toEqual([
    'LS_X: broke',
    'Mend it.',
  ]);
});
