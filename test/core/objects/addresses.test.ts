import { describe, expect, it } from 'vitest';
import { location, objectUri, runObjects, sharedObjects } from '#core/objects/addresses.ts';

describe('addresses of objects', () => {
  it('lie below the run that they belong to', () => {
    const at = runObjects({ bucket: 'data', runId: 'digits-1' });
    expect(at.job).toBe('s3://data/runs/digits-1/job.json');
    expect(at.log(2, 7)).toBe('s3://data/runs/digits-1/logs/2/7.log');
    expect(at.part(3, 'abc')).toBe('s3://data/runs/digits-1/parts/part-000003-abc.arrow');
    expect(at.usageLog(1, 'i-1')).toBe('s3://data/runs/digits-1/usage/1/i-1.json');
    expect(at.deadLetter(3, 'abc', 0)).toBe('s3://data/runs/digits-1/dead/dead-000003-abc.arrow');
    expect(at.deadLetter(3, 'abc', 1)).toBe('s3://data/runs/digits-1/dead/dead-000003-abc-1.arrow');
    expect(at.work(2)).toBe('s3://data/runs/digits-1/_work/2.json');
    expect(at.logEnd(2, 7)).toBe('s3://data/runs/digits-1/logs/2/7.end');
    expect(at.failure('e/0', 3)).toBe('s3://data/runs/digits-1/_failures/e/0/000003.json');
    expect(at.roundFailure('e/0')).toBe('s3://data/runs/digits-1/_failures/e/0/commit.json');
    expect(at.progressLog(1)).toBe('s3://data/runs/digits-1/progress/1.json');
    const fixed = Object.values(at).filter((one) => typeof one === 'string');
    expect(fixed.length).toBeGreaterThan(10);
    for (const uri of fixed) expect(uri.startsWith(at.root)).toBe(true);
  });

  it('are shared by the runs of a deployment where they outlive one', () => {
    expect(sharedObjects('data').published('digits')).toBe('s3://data/models/digits/LATEST.json');
  });

  it('come apart into what they were made of, whatever the key holds', () => {
    for (const key of ['a', 'a/b c/ü', 'x//y', 'line\nbreak', '']) {
      expect(location(objectUri('data', key))).toEqual({ bucket: 'data', key });
    }
    expect(() => location('/tmp/file')).toThrow('/tmp/file is no s3:// address');
  });
});
