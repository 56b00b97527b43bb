/**
 * The dashboard's server: the page, its data as JSON, and a stream of events that says what has changed. Loopback only, and
 * nothing of a run without the token.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LockstepError } from '#core/errors.ts';
import type { Asset } from './assets.ts';
import { type Door, refusal } from './guard.ts';
import { ROUTES, type RouteServices } from './routes.ts';
import { stream } from './stream.ts';

export interface DashboardOptions extends RouteServices {
  readonly assets: ReadonlyMap<string, Asset>;
  /** 0 picks a free one. @default 0 */
  readonly port?: number;
  /** Pause between two looks at the clouds while a page is open. @default 1000 */
  readonly periodMs?: number;
}

export interface Dashboard {
  /** The address with the token, for the one who started it. */
  readonly url: string;
  close(): Promise<void>;
}

/** Nothing is loaded from anywhere else, and nobody may put the page into a frame. */
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((done, fail) =>
    server.once('error', fail).listen(options.port ?? 0, '127.0.0.1', done),
  ).catch((cause: NodeJS.ErrnoException) => {
    const message = `port ${options.port}: ${cause.message}`;
    throw cause.code === 'EADDRINUSE' ? new LockstepError('LS_PORT_BUSY', message, { cause }) : cause;
  });
  const door: Door = { port: (server.address() as AddressInfo).port, token };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://dashboard');
    const asset = request.method === 'GET' ? options.assets.get(url.pathname) : undefined;
    const { host, origin, authorization } = request.headers;
    const given = authorization?.replace(/^Bearer /, '') ?? url.searchParams.get('token') ?? undefined;
    const refused = refusal({ host, origin, token: given, isPublic: asset !== undefined }, door);
    if (refused !== undefined) return send(response, refused.status, { message: refused.why });
    if (asset !== undefined) return sendBytes(response, asset);
    if (url.pathname === '/events')
      return stream(request, response, { ...options, runId: url.searchParams.get('run') });
    await answer(request, response, url);
  }

  async function answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const route = ROUTES.find(({ method, pattern }) => method === request.method && pattern.test(url.pathname));
    if (route === undefined) return send(response, 404, { message: `${request.method} ${url.pathname} is not served` });
    const path = (route.pattern.exec(url.pathname) ?? []).slice(1).map(decodeURIComponent);
    try {
      const value = await route.handle(path, options);
      if (value === undefined) send(response, 404, { message: 'there is no such run, or no such log' });
      else if (value instanceof Object && 'body' in value) sendBytes(response, value as Asset);
      else send(response, 200, value);
    } catch (error) {
      const known = error instanceof LockstepError ? error : undefined;
      // What cannot be done with a run as it is now is an answer; anything else went wrong.
      const status = known !== undefined && route.method === 'POST' ? 409 : 500;
      send(response, status, { code: known?.code, message: (error as Error).message, remedy: known?.remedy });
    }
  }

  return {
    url: `http://127.0.0.1:${door.port}/#token=${token}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, value: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...HEADERS, 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function sendBytes(response: ServerResponse, { type, body }: Asset): void {
  response.writeHead(200, { ...HEADERS, 'content-type': type }).end(body);
}
