/** The clients against servers that are in trouble: a call must end, by an error that workflows know how to retry. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, expect, test, vi } from 'vitest';
import * as clients from '#adapters/aws/clients.ts';
import { ec2, ec2Launch } from '#adapters/aws/ec2-clients.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { sayingUnavailable } from '#adapters/aws/unavailable.ts';
import { LockstepError } from '#core/errors.ts';

let server: Server | undefined;

afterEach(() => {
  vi.unstubAllEnvs();
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.stubEnv('AWS_ENDPOINT_URL', url);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  return url;
}

/** Cuts short a patience of this kind, which the client must have of itself. */
async function hurry(client: { readonly config: unknown }, kind: string): Promise<void> {
  const { requestHandler } = client.config as { readonly requestHandler: Patience };
  expect((await requestHandler.configProvider)[kind]).toBeGreaterThan(0);
  requestHandler.updateHttpClientConfig(kind, 150);
}

interface Patience {
  readonly configProvider: Promise<Readonly<Record<string, number>>>;
  updateHttpClientConfig(key: string, value: number): void;
}

const item = () => new GetItemCommand({ TableName: 'gangs', Key: { pk: { S: 'a' } } });

/** One attempt and no more, so that the test need not sit out the pauses between several. */
const impatient = (endpoint: string) => sayingUnavailable(new DynamoDBClient({ endpoint, maxAttempts: 1 }), 'DynamoDB');

test('a server that accepts a request and then says nothing is unavailable', async () => {
  await serve(() => {});
  const client = clients.dynamodb();
  await hurry(client, 'requestTimeout');
  await expect(client.send(item())).rejects.toMatchObject({ name: 'LS_UNAVAILABLE' });
});

test('an object whose bytes stop coming is an error', async () => {
  await serve((_, response) => {
    response.writeHead(200, { 'content-length': '1000', etag: '"a"' });
    response.write('half');
  });
  const client = clients.s3();
  await hurry(client, 'socketTimeout');
  await expect(s3Objects(client).get('s3://bucket/key')).rejects.toMatchObject({ name: 'LS_UNAVAILABLE' });
});

/** The first half of a body, and then the end of the connection. */
const cutOff: RequestListener = (_, response) => {
  response.writeHead(206, { 'content-length': '8', 'content-range': 'bytes 0-7/100', etag: '"a"' });
  response.write('half', () => response.destroy());
};
const whole: RequestListener = (_, response) => {
  response.writeHead(206, { 'content-length': '8', 'content-range': 'bytes 0-7/100', etag: '"a"' });
  response.end('12345678');
};
const overwritten: RequestListener = (_, response) => {
  response.writeHead(412, { 'content-type': 'application/xml' });
  response.end('<Error><Code>PreconditionFailed</Code></Error>');
};

/** Reads eight bytes of an object where each request meets the next of the listeners, the last one for ever. */
async function readThrough(listeners: readonly RequestListener[], into?: Uint8Array): Promise<string> {
  let asked = 0;
  await serve((request, response) => (listeners[asked++] ?? (listeners.at(-1) as RequestListener))(request, response));
  const range = { start: 0, end: 8, etag: '"a"', ...(into && { into }) };
  const { bytes, sizeBytes } = await s3Objects(clients.s3()).get('s3://bucket/key', range);
  return `${Buffer.from(bytes)} of ${sizeBytes}`;
}

test.each([undefined, new Uint8Array(20)])('a body that was cut off is asked for again (%#)', async (into) => {
  expect(await readThrough([cutOff, cutOff, whole], into)).toBe('12345678 of 100');
});

test('an object that was overwritten while it was read is told as such', async () => {
  await expect(readThrough([cutOff, overwritten])).rejects.toMatchObject({ code: 'LS_INPUT_CHANGED' });
});

test('a body that is cut off again and again is an error', async () => {
  await expect(readThrough([cutOff], new Uint8Array(8))).rejects.toMatchObject({ code: 'LS_UNAVAILABLE' });
});

const answer =
  (status: number, type: string): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no' }));
  };

test.each([
  ['throttling', answer(400, 'ThrottlingException')],
  ['too much traffic on one key', answer(400, 'ProvisionedThroughputExceededException')],
  ['a transaction in the way', answer(400, 'TransactionConflictException')],
  ['an error of the server', answer(500, 'InternalServerError')],
  ['an error of something between', answer(503, 'Whatever')],
  ['a connection that breaks', ((request) => request.socket.destroy()) as RequestListener],
])('%s is LS_UNAVAILABLE, with the cause', async (_, listener) => {
  const error = await impatient(await serve(listener))
    .send(item())
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LockstepError);
  expect(error).toMatchObject({ name: 'LS_UNAVAILABLE', cause: expect.any(Error) });
});

test.each(['ConditionalCheckFailedException', 'ValidationException', 'AccessDeniedException'])(
  '%s stays what it is',
  async (type) => {
    const error = await impatient(await serve(answer(400, type)))
      .send(item())
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: type });
  },
);

test('a launch is sent once, whatever comes back', async () => {
  await serve(() => {});
  expect(await ec2Launch().config.maxAttempts()).toBe(1);
  expect(await ec2().config.maxAttempts()).toBeGreaterThan(1);
});
