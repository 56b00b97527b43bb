import type { IncomingMessage, ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';

/** A queue, as CreateQueue takes it. */
export interface Queue {
  readonly QueueName: string;
  readonly Attributes: Readonly<Record<string, string>>;
}

/** The queues themselves. */
export interface QueueApp {
  serve(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** Opens the queues of `fauxqs`, without the other services that it has. `url` is where they are reached. */
export async function openQueueApp(url: string, queues: readonly Queue[]): Promise<QueueApp> {
  const app = buildApp({ logger: false });
  app.addHook('onRequest', async (request, reply) => {
    const isSqs = request.method === 'POST' && (request.headers['content-type'] ?? '').includes('x-amz-json-1.0');
    if (!isSqs) await reply.code(404).send({ __type: 'UnknownOperationException', message: 'only SQS is served here' });
  });
  // Queue addresses say `sqs.<region>.localhost`, which not every machine resolves, and may resolve elsewhere.
  app.addHook('onSend', async (_request, _reply, payload) =>
    typeof payload === 'string' ? payload.replaceAll(/\/\/sqs\.[a-z0-9-]+\.localhost:/g, '//127.0.0.1:') : payload,
  );
  await app.ready();
  for (const payload of queues) {
    const headers = {
      host: new URL(url).host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.CreateQueue',
    };
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/', headers, payload: { ...payload } });
    if (statusCode !== 200) throw new Error(`cannot create the queue ${payload.QueueName}: ${body}`);
  }
  return { serve: (request, response) => app.routing(request, response), close: () => app.close() };
}
