import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/body.ts';
import type { Json } from './dynalite.ts';
import { answerOf, DynamoError } from './dynamo-error.ts';

export type DynamoOperations = Readonly<Record<string, (request: Json) => Promise<Json>>>;

/** Answers DynamoDB's JSON protocol. Errors carry more than a message here, so it is not the common one. */
export const dynamoApi =
  (operations: DynamoOperations) =>
  async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { statusCode, body } = await perform(operations, message).then(
      (answer) => ({ statusCode: 200, body: answer }),
      (thrown: unknown) => answerOf(thrown) ?? { statusCode: 500, body: fault(thrown) },
    );
    response.writeHead(statusCode, {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': randomUUID(),
    });
    response.end(JSON.stringify(body));
  };

async function perform(operations: DynamoOperations, message: IncomingMessage): Promise<Json> {
  const name = String(message.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  const body = await readBody(message);
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) throw new DynamoError('UnknownOperationException', `not emulated: ${name}`);
  return operation(JSON.parse(body.length === 0 ? '{}' : body.toString()) as Json);
}

const fault = (thrown: unknown): Json => ({
  __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
  message: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
});
