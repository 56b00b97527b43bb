/** The SDK's own errors, as its clients throw them, and what people are told to do. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { serviceError } from '../../cli/service-error.ts';

const KEYS = { accessKeyId: 'a', secretAccessKey: 'b' };

/** What a request comes to that a service answers so. */
async function answered(status: number, type: string, message: string): Promise<unknown> {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const error = await ask({ endpoint, credentials: KEYS });
  server.close();
  return error;
}

async function ask(settings: ConstructorParameters<typeof DynamoDBClient>[0]): Promise<unknown> {
  const client = new DynamoDBClient({ region: 'us-east-1', maxAttempts: 1, ...settings });
  try {
    return await client.send(new DescribeTableCommand({ TableName: 't' }));
  } catch (error) {
    return error;
  } finally {
    client.destroy();
  }
}

describe('an error of a service', () => {
  it.each([
    [
      400,
      'ExpiredTokenException',
      'The security token included in the request is expired',
      /have expired: log in again/,
    ],
    [400, 'UnrecognizedClientException', 'The security token is invalid.', /does not know these credentials/],
    [400, 'AccessDeniedException', 'User: arn:aws:iam::1:user/x is not authorized to perform: y', /lacks the right/],
    [
      400,
      'ResourceNotFoundException',
      'Requested resource not found: Table: t not found',
      /not in this account and region/,
    ],
    [400, 'ThrottlingException', 'Rate exceeded', /try again in a minute/],
  ])('%d %s says what to do about it', async (status, type, message, remedy) => {
    const error = serviceError(await answered(status, type, message));
    expect(error).toMatchObject({ code: 'LS_UNAVAILABLE', message: expect.stringContaining(`(${type}: ${message})`) });
    expect(error?.message).toMatch(/^expected .+, (got|found) /);
    expect(error?.remedy).toMatch(remedy);
  });

  it('of credentials that are not there speaks of credentials and not of the network', async () => {
    const credentials = async () => {
      throw Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      });
    };
    expect(serviceError(await ask({ credentials }))?.remedy).toMatch(/aws sso login/);
  });

  it('of the network speaks of the network', async () => {
    const error = serviceError(await ask({ endpoint: 'http://127.0.0.1:9', credentials: KEYS }));
    expect(error?.remedy).toMatch(/network/);
  });

  it('is none where a program is wrong', () => {
    expect(serviceError(new TypeError('x is not a function'))).toBeUndefined();
    expect(serviceError('text')).toBeUndefined();
  });
});
