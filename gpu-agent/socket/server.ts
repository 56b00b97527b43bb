import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { ERRORS, type ErrorCode, invariant, LockstepError } from '#core/errors.ts';
import type { Log } from '#core/system/ports.ts';
import { readFileChunks } from '../services/downloads.ts';
import type { WireError } from '../wire.ts';
import { FileAnswer, type TaskServices } from './route.ts';
import { ROUTES } from './routes.ts';

const NOT_HTTP_BODY = JSON.stringify({ code: 'LS_BAD_CALL', message: 'the bytes sent are not an HTTP/1.1 request' });
const NOT_HTTP = [
  'HTTP/1.1 400 Bad Request',
  'connection: close',
  'content-type: application/json',
  `content-length: ${NOT_HTTP_BODY.length}`,
  '',
  NOT_HTTP_BODY,
].join('\r\n');

/** `sun_path` of a Unix socket is 104 bytes on macOS, 108 on Linux. */
const PATH_BYTES_MAX = 100;

export interface SocketOptions {
  readonly path: string;
  /** Token → rank. */
  readonly tokens: ReadonlyMap<string, number>;
  readonly services: TaskServices;
  readonly log: Log;
}

/** Serves the context socket of one attempt until closed; closing drops the connections that still wait. */
export async function serveTasks(options: SocketOptions): Promise<{ close(): Promise<void> }> {
  invariant(Buffer.byteLength(options.path) <= PATH_BYTES_MAX, `the path of a socket is short: ${options.path}`);
  const server = createServer((request, response) => void serve(request, response, options));
  // Waits are bounded by the protocol's deadlines, not by the transport's.
  server.requestTimeout = 0;
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end(NOT_HTTP);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.path, () => resolve());
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, options: SocketOptions): Promise<void> {
  try {
    const answer = await route(request, options);
    if (answer instanceof FileAnswer) await sendFile(response, answer);
    else sendJson(response, 200, answer);
  } catch (error) {
    const { status, body } = failure(error);
    // A caller that is still writing would see a broken pipe in place of the answer.
    request.resume();
    if (status >= 500) options.log.error('task call failed', { path: request.url, error: String(error) });
    sendJson(response, status, body);
  }
}

async function route(message: IncomingMessage, { tokens, services }: SocketOptions): Promise<object> {
  const rank = rankOf(message.headers.authorization ?? '', tokens);
  const url = new URL(message.url ?? '/', 'http://lockstep');
  const matching = ROUTES.filter((one) => one.pattern.test(url.pathname));
  const found = matching.find((one) => one.method === message.method);
  if (found === undefined) {
    const known = matching.map((one) => one.method).join(', ');
    const hint = known === '' ? 'no such path' : `the methods of this path are ${known}`;
    throw new LockstepError('LS_BAD_CALL', `${message.method} ${url.pathname}: ${hint}`);
  }
  const path = (found.pattern.exec(url.pathname) ?? []).slice(1).map(decoded);
  return found.handle({ rank, path, query: url.searchParams, message }, services);
}

function rankOf(authorization: string, tokens: ReadonlyMap<string, number>): number {
  const given = Buffer.from(authorization);
  for (const [token, rank] of tokens) {
    const expected = Buffer.from(`Bearer ${token}`);
    if (given.length === expected.length && timingSafeEqual(given, expected)) return rank;
  }
  throw new Unauthorized('LS_BAD_CALL', 'no task of this attempt: send `authorization: Bearer $LOCKSTEP_TASK_TOKEN`');
}

class Unauthorized extends LockstepError {}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new LockstepError('LS_BAD_CALL', `not a URL-encoded name: ${segment}`);
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  LS_BAD_CALL: 400,
  LS_BARRIER_TIMEOUT: 408,
  LS_BARRIER_MISMATCH: 409,
  LS_STALE_ATTEMPT: 409,
  LS_CANCELLED: 410,
  LS_TASK_FAILED: 410,
  LS_HOST_LOST: 410,
};

function failure(error: unknown): { status: number; body: WireError } {
  if (error instanceof Unauthorized) return { status: 401, body: { code: error.code, message: error.message } };
  if (error instanceof LockstepError) {
    const status = STATUS[error.code] ?? (ERRORS[error.code].retryable ? 503 : 500);
    return { status, body: { code: error.code, message: error.message } };
  }
  return { status: 503, body: { code: 'LS_UNAVAILABLE', message: String(error) } };
}

async function sendFile(response: ServerResponse, { path, sizeBytes }: FileAnswer): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': sizeBytes });
  // A task that stopped reading, or ended, is no failure of ours.
  await pipeline(readFileChunks(path), response).catch(() => response.destroy());
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  send(response, { status, type: 'application/json', body: Buffer.from(JSON.stringify(value)) });
}

function send(response: ServerResponse, answer: { status: number; type: string; body: Uint8Array }): void {
  // The task may have given up waiting, or may have ended.
  if (response.destroyed) return;
  const headers = { 'content-type': answer.type, 'content-length': answer.body.byteLength };
  response.writeHead(answer.status, headers).end(answer.body);
}
