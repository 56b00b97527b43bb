import { expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import { failureFrom, failureLines, type Summary, summaryLines } from '../../../cli/output/summary.ts';
import { RunFailed } from '../../../cli/run/run-failed.ts';

const SUMMARY: Summary = {
  ...{ ok: true, kind: 'pipeline', runs: ['a', 'b'], accuracy: 0.95, rowsPredicted: 10_000, rowsPerSecond: 5000 },
  ...{ attempts: 2, hostsAcquired: 3, hostsReleased: 3, phases: { stage: 1.04, train: 12, total: 14.5 } },
  history: [
    {
      ...{ attempt: 0, state: 'restarted', why: 'host i-1 was lost: no heartbeat for 8 s', barriers: 12 },
      ...{ chargedTo: 'infrastructure', replaced: ['i-1'], endedAt: 1 },
    },
    { attempt: 1, state: 'succeeded', barriers: 1, replaced: [] },
  ],
  ...{ outputs: 'file:///m.json', report: `${process.cwd()}/out/r.html` },
};

it('is a few lines for people', () => {
  expect(summaryLines(SUMMARY)).toEqual([
    'accuracy   0.950 of the rows that were held out',
    'predicted  10,000 rows, 5,000 a second',
    'hosts      3 acquired, 3 released, 2 attempts',
    'attempt 0  restarted after 12 barriers: host i-1 was lost: no heartbeat for 8 s;',
    '           charged to infrastructure, replaced i-1',
    'attempt 1  succeeded after 1 barrier',
    'phases     stage 1.0 s · train 12.0 s',
    'total      14.5 s',
    'outputs    /m.json',
    'report     out/r.html',
  ]);
});

it('leaves out what the run does not have', () => {
  const { ok, kind, runs, outputs, report } = SUMMARY;
  const lines = summaryLines({ ok, kind, runs, phases: { stage: 1 }, outputs, report });
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['phases', 'outputs', 'report']);
});

it('says nothing of attempts where there was only one, and names each number for what it is', () => {
  const [first] = SUMMARY.history ?? [];
  const lines = summaryLines({ ...SUMMARY, kind: 'train', history: first === undefined ? [] : [first], attempts: 1 });
  expect(lines[0]).toBe('accuracy   0.950');
  expect(lines).toContain('hosts      3 acquired, 3 released, 1 attempt');
  expect(lines.filter((line) => line.startsWith('attempt'))).toEqual([]);
});

it('fits into 80 columns, with every phase beside its time', () => {
  const phases = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`phase${i}`, i * 10]));
  const lines = summaryLines({ ...SUMMARY, phases });
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.join('\n').match(/phase\d+ \d+\.0 s/g)).toHaveLength(12);
});

it('of a run that failed says what each attempt came to, and where to read on', () => {
  const error = new LockstepError('LS_TASK_FAILED', 'rank 2 exited with code 1: boom', { remedy: 'Mend it.' });
  const attempt = { barriers: 0, replaced: [], rank: 2, chargedTo: 'user', why: 'rank 2 exited with code 1' } as const;
  const history = [
    { ...attempt, attempt: 0, state: 'restarted' },
    { ...attempt, attempt: 1, state: 'failed' },
  ] as const;
  const run = { kind: 'train', runs: ['a'], history, logs: '/logs', report: '/r.html' } as const;
  const failure = failureFrom(new RunFailed(error, run));
  expect(failure).toMatchObject({ ok: false, code: 'LS_TASK_FAILED', remedy: 'Mend it.', logs: '/logs', runs: ['a'] });
  expect(failureLines(failure)).toEqual([
    'LS_TASK_FAILED: rank 2 exited with code 1: boom',
    'Mend it.',
    'attempt 0  restarted: rank 2 exited with code 1; charged to user',
    'attempt 1  failed: rank 2 exited with code 1; charged to user',
    'logs       /logs',
    'report     /r.html',
  ]);
});

it('of a failure says what happened and what to do', () => {
  expect(failureLines({ ok: false, code: 'LS_X', message: 'broke', remedy: 'Mend it.' })).toEqual([
    'LS_X: broke',
    'Mend it.',
  ]);
});
