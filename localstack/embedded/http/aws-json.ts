import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, toAwsError } from './aws-error.ts';
import { readBody } from './body.ts';

/** Operation name → implementation. Input and output are the JSON documents of the API. */
export type Operations = Readonly<Record<string, (input: never) => unknown>>;

/** Answers the AWS JSON protocol (1.0 and 1.1): the operation is named by `X-Amz-Target: <Prefix>.<Operation>`. */
export const awsJson =
  (operations: Operations) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const type = request.headers['content-type'] ?? 'application/x-amz-json-1.0';
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': type, 'x-amzn-requestid': randomUUID() });
      response.end(JSON.stringify(body));
    };
    try {
      const target = String(request.headers['x-amz-target'] ?? '');
      const operation = operations[target.slice(target.indexOf('.') + 1)];
      const body = await readBody(request);
      if (operation === undefined) throw new AwsError('UnknownOperationException', `not emulated: ${target}`);
      const input = JSON.parse(body.length === 0 ? '{}' : body.toString()) as never;
      answer(200, (await operation(input)) ?? {});
    } catch (thrown) {
      const { status, name, message } = toAwsError(thrown);
      answer(status, { __type: name, message });
    }
  };
