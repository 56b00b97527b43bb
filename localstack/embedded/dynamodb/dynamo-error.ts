import type { Json } from './dynalite.ts';

/** An error as DynamoDB answers it: `__type`, `message` and whatever else the error carries. Dynalite throws the same. */
export class DynamoError extends Error {
  readonly statusCode = 400;
  readonly body: Json;

  constructor(type: string, message: string, more: Json = {}) {
    super(message);
    this.name = type;
    const model = type === 'ValidationException' ? 'com.amazon.coral.validate' : 'com.amazonaws.dynamodb.v20120810';
    this.body = { __type: `${model}#${type}`, message, ...more };
  }
}

/** The body of an error that is an answer of the service; undefined for a fault of the emulator. */
export function answerOf(thrown: unknown): { readonly statusCode: number; readonly body: Json } | undefined {
  const { statusCode, body } = (thrown ?? {}) as { readonly statusCode?: number; readonly body?: Json };
  return statusCode === undefined || body === undefined ? undefined : { statusCode, body };
}

export const isConditionFailure = (thrown: unknown): boolean =>
  String(answerOf(thrown)?.body.__type).endsWith('#ConditionalCheckFailedException');
