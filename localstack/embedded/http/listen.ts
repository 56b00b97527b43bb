import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LockstepError } from '#core/errors.ts';

/** A server on the loopback address. */
export interface Listener {
  readonly port: number;
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Ends every connection and frees the port. Safe to call twice. */
  close(): Promise<void>;
}

/** Serves on 127.0.0.1; port 0 lets the system choose. LS_PORT_BUSY if the port is taken. */
export async function listen(onRequest: RequestListener, port = 0): Promise<Listener> {
  // Clients keep connections for as long as they like: a server that closes an idle one races with the next request.
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, noDelay: true }, onRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? busy(port) : error));
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const busy = (port: number) => new LockstepError('LS_PORT_BUSY', `port ${port} of 127.0.0.1 is already in use`);
