import { expect, it } from 'vitest';
import { liveLine } from '../../../cli/commands/status.ts';

const RUN = { runId: 'r', kind: 'infer', job: 'r', state: 'failed', startedAt: 0, history: [] } as const;
const failure = { code: 'LS_PARTITION_TIMEOUT', message: 'partition 4 was not done' };

it.each([
  [{}, ''],
  [{ failure }, 'LS_PARTITION_TIMEOUT: partition 4 was not done'],
  [{ resumed: 1 }, 'resumed 1 time'],
  [{ resumed: 2, failure }, 'resumed 2 times; LS_PARTITION_TIMEOUT: partition 4 was not done'],
  [{ gang: { phase: 'RUNNING', attempt: 1 } } as const, 'RUNNING, attempt 1'],
])('a run of which is known %j', (known, detail) => {
  expect(liveLine({ ...RUN, ...known })).toMatchObject({ runId: 'r', at: '1970-01-01T00:00:00.000Z', detail });
});
