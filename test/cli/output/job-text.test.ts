import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { TRAIN_LIMITS } from '#core/job/defaults.ts';
import type { TrainJob } from '#core/job/job.ts';
import { jobText } from '../../../cli/output/job-text.ts';

test('a job in a report has every setting, and of variables no value', () => {
  const job: TrainJob = {
    ...{ kind: 'train', name: 'digits', publish: 'digits', limits: TRAIN_LIMITS },
    gang: {
      ...{ hosts: 2, tasksPerHost: 1, perTask: { gpu: 1 }, instanceTypes: ['g6.xlarge'], zones: [] },
      ...{ markets: ['spot'], priority: 0 },
    },
    task: { command: ['python3', 'train.py'], env: { TOKEN: 'secret-1' } },
  };
  const text = jobText(job);
  expect(text).not.toContain('secret-1');
  expect(parse(text)).toEqual({ ...job, task: { ...job.task, env: { TOKEN: '… (not shown)' } } });
});
