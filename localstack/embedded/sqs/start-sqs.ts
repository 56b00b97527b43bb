import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from '../http/listen.ts';
import type { Queue, QueueApp } from './queue-app.ts';

/** SQS on loopback; queues are made by CreateQueue or declared, and live as long as the service. */
export interface SqsService {
  readonly url: string;
  /** Resolves when something is first asked of it. Before that no queue holds a message. */
  readonly used: Promise<void>;
  /** Queues that are there from the first request on, one after the other. */
  declare(queues: readonly Queue[]): void;
  stop(): Promise<void>;
}

export interface SqsOptions {
  /** 0 (default) takes a free one; LS_PORT_BUSY if a given one is taken. */
  readonly port?: number;
}

/** Starts the service. What serves it is loaded when something is first asked of it: most runs never do. */
export async function startSqs({ port = 0 }: SqsOptions = {}): Promise<SqsService> {
  const declared: Queue[] = [];
  const { promise: used, resolve: beUsed } = Promise.withResolvers<void>();
  let app: Promise<QueueApp> | undefined;
  const load = async (): Promise<QueueApp> => {
    beUsed();
    const { openQueueApp } = await import('./queue-app.ts');
    return openQueueApp(listener.url, declared);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    app ??= load();
    try {
      (await app).serve(request, response);
    } catch (error) {
      response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: 'InternalFailure', message: String(error) }));
    }
  };
  const listener = await listen((request, response) => void answer(request, response), port);
  return {
    url: listener.url,
    used,
    declare: (queues) => void declared.push(...queues),
    async stop() {
      await listener.close();
      await (await app?.catch(() => undefined))?.close();
    },
  };
}
