/** Two clouds in one process, and an environment that names a third: nobody may meet another. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { connectCloud } from '../../../cli/cloud/cloud.ts';

interface Listener {
  readonly url: string;
  /** Access key and target of every request that arrived. */
  readonly seen: string[];
  readonly server: Server;
}

/** A service that notes who asks for what, and has nothing. */
async function listen(): Promise<Listener> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const key = /Credential=([^/]+)/.exec(String(request.headers.authorization))?.[1];
    seen.push(`${key} ${request.headers['x-amz-target'] ?? `${request.method} ${request.url}`}`);
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.statusCode = request.method === 'HEAD' ? 404 : 200;
    response.end('{}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

let listeners: Listener[] = [];
beforeAll(async () => {
  listeners = await Promise.all([listen(), listen(), listen()]);
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const { server } of listeners) server.close();
});

it('reaches each by its own endpoints and keys, whatever the environment says', async () => {
  const [first, second, other] = listeners as [Listener, Listener, Listener];
  vi.stubEnv('AWS_ENDPOINT_URL', other.url);
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', other.url);
  vi.stubEnv('AWS_PROFILE', 'production');
  vi.stubEnv('AWS_SESSION_TOKEN', 'production');
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'true');
  vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', 'true');
  const clouds = [first, second].map(({ url }, i) =>
    connectCloud(
      {
        name: 'local',
        outputs: { TableName: 'gangs', BucketName: `data-${i}`, TrainingWorkflowArn: 't', InferenceWorkflowArn: 'i' },
        env: {
          ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: `key-${i}`, AWS_SECRET_ACCESS_KEY: 'local' },
          ...{ AWS_ENDPOINT_URL_DYNAMODB: url, AWS_ENDPOINT_URL_S3: url, AWS_ENDPOINT_URL_SFN: url },
        },
      },
      {
        ...{ fleetControlUrl: undefined, functionLogs: undefined, copiesOutputs: true, pollMs: 1 },
        ...{ settled: async () => {}, close: async () => {} },
      },
    ),
  );
  await Promise.all(
    clouds.flatMap((cloud) => [
      cloud.control.read('a'),
      cloud.objects.head(`s3://${cloud.bucket}/a`),
      cloud.workflows.recent('training'),
    ]),
  );
  const of = (i: number) => [`key-${i} AWSStepFunctions.ListExecutions`, `key-${i} DynamoDB_20120810.GetItem`];
  expect(first.seen.sort()).toEqual([...of(0), 'key-0 HEAD /data-0/a']);
  expect(second.seen.sort()).toEqual([...of(1), 'key-1 HEAD /data-1/a']);
  expect(other.seen).toEqual([]);
});
