import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A request as it was to be sent. */
export interface Sent {
  /** E.g. `GetItemCommand`. */
  readonly command: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A genuine client that sends nothing: `answer` gives what comes back, by default an empty answer. */
export function scriptedDynamo(answer: (sent: Sent) => Promise<object> = async () => ({})) {
  const sent: Sent[] = [];
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  const client = new DynamoDBClient({ region: 'us-east-1', credentials, endpoint: 'http://127.0.0.1:1' });
  client.middlewareStack.add(
    (_, context) =>
      async ({ input }) => {
        const request = { command: String(context.commandName), input: { ...input } };
        sent.push(request);
        return { output: { $metadata: {}, ...(await answer(request)) } as never, response: {} };
      },
    { step: 'initialize', priority: 'high', name: 'scripted' },
  );
  return { client, sent };
}
