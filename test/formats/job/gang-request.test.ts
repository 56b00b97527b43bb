import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GANG_DEFAULTS } from '#core/job/defaults.ts';
import { gangDocument, gangRequest } from '#formats/job/gang-request.ts';
import { remoteTrainJob } from '#formats/job/remote-job.ts';

/** Amounts that the schema takes: a whole number, or a part of one. */
const amount = fc.oneof(
  fc.integer({ min: 0, max: 16 }),
  fc.integer({ min: 2, max: 64 }).map((parts) => 1 / parts),
);
const document = fc.record({ tasksPerHost: fc.integer({ min: 1, max: 128 }), gpu: amount });
const gang = { ...GANG_DEFAULTS, hosts: 2, instanceTypes: ['g6.xlarge'], zones: [], markets: ['on-demand' as const] };

describe('a launcher once a host', () => {
  it('is the same gang when a job that was resolved is read again, however often', () => {
    fc.assert(
      fc.property(document, ({ tasksPerHost, gpu }) => {
        const request = gangRequest({ ...gang, launch: 'perHost', tasksPerHost, perTask: { gpu } });
        expect(request).toMatchObject({ tasksPerHost: 1, processesPerHost: tasksPerHost });
        expect(gangRequest(gangDocument(request) as Parameters<typeof gangRequest>[0])).toEqual(request);
      }),
    );
  });

  it('reaches the cloud, and is found there again where a reply of Validate was lost', () => {
    const text = JSON.stringify({
      ...{ kind: 'train', name: 'x', task: { command: ['torchrun', 'x.py'] } },
      gang: { hosts: 2, tasksPerHost: 3, launch: 'perHost', perTask: { gpu: 0.5 }, instanceTypes: ['g6.xlarge'] },
    });
    const job = remoteTrainJob(text, 's3://b/job.json');
    expect(job.gang).toMatchObject({ tasksPerHost: 1, processesPerHost: 3, perTask: { gpu: 2 } });
    expect(remoteTrainJob(JSON.stringify(job), 's3://b/job.json')).toEqual(job);
  });
});
