import { describe, expect, it } from 'vitest';
import type { InferencePlan } from '#core/inference/plan.ts';
import { planned } from '#core/inference/planned.ts';
import type { InferJob } from '#core/job/job.ts';

const RUN_ID = 'r'.repeat(80);
const EXECUTION = `arn:aws:states:eu-central-1:123456789012:execution:lockstep-inference:${RUN_ID}`;
const STATE = { runId: RUN_ID, jobUri: `s3://data/runs/${RUN_ID}/job.json` };

/** Characters of the state behind Plan, of a run with so many partitions. */
function stateSize(partitions: number, compute: 'functions' | 'hosts'): number {
  const job = { name: 'toy', limits: { maxConcurrency: 1000 }, ...(compute === 'hosts' && { compute }) } as InferJob;
  const plan = { job, partitions: Array(partitions) } as unknown as InferencePlan;
  const state = planned(STATE, { plan, planUri: `s3://data/runs/${RUN_ID}/plan.json` }, EXECUTION);
  expect(state.partitions).toBe(partitions);
  return JSON.stringify(state).length;
}

describe('the state of a planned run', () => {
  it.each(['functions', 'hosts'] as const)(
    'grows by nothing but the digits of a number: a million partitions, on %s',
    (compute) => {
      expect(stateSize(1_000_000, compute) - stateSize(1, compute)).toBe('000000'.length);
      expect(stateSize(1_000_000, compute)).toBeLessThan(1024);
    },
  );
});
