import { describe, expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import {
  checkTolerated,
  classOf,
  countFailed,
  type FailedCounts,
  type FailedRow,
  failedText,
  goesOn,
  sumFailed,
} from '#core/inference/failed-rows.ts';
import { ROW_POLICY } from '#core/job/defaults.ts';

const row = (number: number, changes: Partial<FailedRow> = {}): FailedRow => ({
  ...{ uri: 's3://b/a.arrow', block: 0, row: number, class: 'nullInput', code: 'LS_NULL_INPUT', message: 'no value' },
  ...changes,
});
const counts = (dead: number): FailedCounts => ({
  ...{ dead, nulled: 0, dropped: 0, byClass: { nullInput: dead }, first: row(7) },
});

describe('rows without a prediction', () => {
  it('have a class by the error that came instead, and errors that are not about rows have none', () => {
    expect(classOf(new LockstepError('LS_NULL_INPUT', ''))).toBe('nullInput');
    expect(classOf(new LockstepError('LS_PREDICTOR_DIED', ''))).toBe('oom');
    expect(classOf(new LockstepError('LS_PREDICTION_MISCOUNTED', ''))).toBeUndefined();
    expect(classOf(new LockstepError('LS_INPUT_CHANGED', ''))).toBeUndefined();
    expect(classOf(new TypeError('ours'))).toBeUndefined();
  });

  it('let the others go on where the policy of their class says so', () => {
    const error = new LockstepError('LS_NOT_FINITE', '');
    expect(goesOn(ROW_POLICY, error)).toBe(true);
    expect(goesOn({ ...ROW_POLICY, nonFinite: 'fail' }, error)).toBe(false);
    expect(goesOn(ROW_POLICY, new Error('ours'))).toBe(false);
  });

  it('are counted by what becomes of them and by why, with the first that was met', () => {
    const one = countFailed(undefined, { row: row(3), action: 'deadLetter', rows: 2 });
    const two = countFailed(one, { row: row(9, { class: 'model' }), action: 'null', rows: 1 });
    const all = countFailed(two, { row: row(11), action: 'drop', rows: 4 });
    expect(all).toEqual({ dead: 2, nulled: 1, dropped: 4, byClass: { nullInput: 6, model: 1 }, first: row(3) });
    expect(failedText(all)).toBe('2 set aside, 1 kept without a prediction, 4 left out (nullInput 6, model 1)');
    expect(sumFailed([all, counts(5)])).toEqual({ ...all, dead: 7, byClass: { nullInput: 11, model: 1 } });
    expect(sumFailed([])).toBeUndefined();
  });

  it.each<[number, number | undefined, number | undefined, RegExp | undefined]>([
    [10, undefined, 100, undefined],
    [
      11,
      undefined,
      100,
      /^11 of 100 rows have no prediction.*toleratedRowFraction.*is 0\.1; the first \(LS_NULL_INPUT\)/,
    ],
    [11, undefined, undefined, undefined],
    [3, 3, 1000, undefined],
    [4, 3, 1000, /^4 of 1000 rows.*toleratedRows.*is 3/],
    [4, 3, undefined, /^at least 4 rows have no prediction/],
    [1, 0, undefined, /^at least 1 rows/],
  ])('%i with `toleratedRows` %s of %s rows', (failed, toleratedRows, rows, message) => {
    const policy = { ...ROW_POLICY, ...(toleratedRows !== undefined && { toleratedRows }) };
    const check = () => checkTolerated(policy, counts(failed), rows);
    if (message) expect(check).toThrow(message);
    else expect(check).not.toThrow();
  });

  it('are none where every row has its prediction', () => {
    expect(() => checkTolerated({ ...ROW_POLICY, toleratedRows: 0 }, undefined, 0)).not.toThrow();
  });
});
