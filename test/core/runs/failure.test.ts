import { describe, expect, it } from 'vitest';
import { failureOf } from '#core/runs/failure.ts';

const ended = (status: 'succeeded' | 'failed' | 'cancelled', failure?: { code: string; message: string }) =>
  failureOf({ status, input: null, ...(failure !== undefined && { failure }) });

describe('the end of an execution', () => {
  it('is no failure where it succeeded', () => {
    expect(ended('succeeded')).toBeUndefined();
  });

  it('is the error that a function threw, by its code', () => {
    const failure = ended('failed', { code: 'LS_DATA_EMPTY', message: 's3://b/x/ holds nothing' });
    expect(failure).toMatchObject({ code: 'LS_DATA_EMPTY', kind: 'data', message: 's3://b/x/ holds nothing' });
  });

  it('keeps what the service says where that is no error of ours', () => {
    const failure = ended('failed', { code: 'States.Runtime', message: 'no such path' });
    expect(failure).toMatchObject({ code: 'LS_WORKFLOW_FAILED', message: 'States.Runtime: no such path' });
  });

  it('is a cancellation where it was stopped', () => {
    expect(ended('cancelled')).toMatchObject({ code: 'LS_CANCELLED' });
  });
});
