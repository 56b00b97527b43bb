import { buildApp } from 'fauxqs';
import { LockstepError } from '#core/errors.ts';

/** SQS on loopback; queues are made by CreateQueue and live as long as the service. */
export interface SqsService {
  readonly url: string;
  stop(): Promise<void>;
}

export interface SqsOptions {
  /** 0 (default) takes a free one; LS_PORT_BUSY if a given one is taken. */
  readonly port?: number;
}

/** Starts the queues of `fauxqs`, without the other services that it has. */
export async function startSqs({ port = 0 }: SqsOptions = {}): Promise<SqsService> {
  const app = buildApp({ logger: false });
  app.addHook('onRequest', async (request, reply) => {
    const isSqs = request.method === 'POST' && (request.headers['content-type'] ?? '').includes('x-amz-json-1.0');
    if (!isSqs) await reply.code(404).send({ __type: 'UnknownOperationException', message: 'only SQS is served here' });
  });
  // Queue addresses say `sqs.<region>.localhost`, which not every machine resolves, and may resolve elsewhere.
  app.addHook('onSend', async (_request, _reply, payload) =>
    typeof payload === 'string' ? payload.replaceAll(/\/\/sqs\.[a-z0-9-]+\.localhost:/g, '//127.0.0.1:') : payload,
  );
  try {
    // `startFauxqs` of the same package would listen on every address of the machine.
    const url = await app.listen({ port, host: '127.0.0.1' });
    return { url, stop: () => app.close() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new LockstepError('LS_PORT_BUSY', `port ${port} of 127.0.0.1 is already in use`);
  }
}
