import { STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCredentials } from '#adapters/aws/run-credentials.ts';
import { memoryLog } from '#adapters/memory/memory-log.ts';
import { type StsService, startSts } from '../../../localstack/embedded/sts/start-sts.ts';

const ROLE = 'arn:aws:iam::000000000000:role/agents';
const MINUTE_MS = 60_000;
const trust = { Statement: [{ Condition: { StringLike: { 'aws:RequestTag/lockstep-run': '?*' } } }] };
const declared = { logicalId: 'Agents', ref: 'agents', arn: ROLE, properties: { AssumeRolePolicyDocument: trust } };

let service: StsService;
let requests: Readonly<Record<string, unknown>>[];
let nowMs: number;
let isDown: boolean;

beforeEach(async () => {
  service = await startSts([declared], 0);
  requests = [];
  nowMs = 0;
  isDown = false;
});
afterEach(() => service.stop());

function credentialsOf(roleArn = ROLE) {
  const credentials = { accessKeyId: 'host', secretAccessKey: 'host' };
  const sts = new STSClient({ region: 'us-east-1', endpoint: service.url, credentials, maxAttempts: 1 });
  sts.middlewareStack.add(
    (next) => async (args) => {
      requests.push({ ...args.input });
      if (isDown) throw new Error('no answer');
      return await next(args);
    },
    { step: 'initialize', name: 'noted' },
  );
  const clock = { monotonicMs: () => nowMs } as never;
  return runCredentials({ roleArn, runId: 'digits-1', instanceId: 'i-1', clock, log: memoryLog(), sts });
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

describe('credentials of an agent', () => {
  it('are those of the role for one run, by the name of the host, and asked for once by all that want them', async () => {
    const provide = credentialsOf();
    const [one, other] = await Promise.all([provide(), provide()]);
    expect(one).toEqual(other);
    expect(one).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/), sessionToken: expect.any(String) });
    expect(requests).toEqual([
      {
        ...{ RoleArn: ROLE, RoleSessionName: 'i-1', DurationSeconds: 3600 },
        Tags: [{ Key: 'lockstep-run', Value: 'digits-1' }],
      },
    ]);
  });

  it('are renewed from half of their hour on, beside what they sign', async () => {
    const provide = credentialsOf();
    const first = await provide();
    nowMs = 29 * MINUTE_MS;
    expect(await provide()).toEqual(first);
    expect(requests).toHaveLength(1);
    nowMs = 31 * MINUTE_MS;
    expect(await provide()).toEqual(first);
    await settled();
    expect(await provide()).not.toEqual(first);
    expect(requests).toHaveLength(2);
  });

  it('stay as they are where they cannot be renewed, which is tried every ten seconds, until nearly their end', async () => {
    const provide = credentialsOf();
    const first = await provide();
    isDown = true;
    for (const [atMs, tries] of [
      [31 * MINUTE_MS, 2],
      [31 * MINUTE_MS + 5_000, 2],
      [31 * MINUTE_MS + 11_000, 3],
      [58 * MINUTE_MS, 4],
    ] as const) {
      nowMs = atMs;
      expect(await provide()).toEqual(first);
      await settled();
      expect(requests).toHaveLength(tries);
    }
    nowMs = 59.5 * MINUTE_MS;
    await expect(provide()).rejects.toThrow('no answer');
    isDown = false;
    expect(await provide()).not.toEqual(first);
  });

  it('are refused for a role that is not there', async () => {
    await expect(credentialsOf('arn:aws:iam::000000000000:role/other')()).rejects.toThrow(
      /not authorized.*role\/other/,
    );
  });
});
