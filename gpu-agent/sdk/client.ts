import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isErrorCode, LockstepError } from '#core/errors.ts';
import { TASK_ENV, type WireError } from '../wire.ts';

/** A file on this host. */
interface FileSource {
  readonly path: string;
  readonly sizeBytes: number;
}

/** One call to the agent of this host. */
interface Call {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  /** A file that is sent as it is read. */
  readonly file?: FileSource;
  /** True if waiting for the answer shall not keep the process alive. */
  readonly background?: boolean;
  readonly signal?: AbortSignal;
}

export interface AgentClient {
  /** The JSON of the answer; an error answer is thrown with its code. */
  json<T>(call: Call): Promise<T>;
  bytes(call: Call): Promise<Uint8Array>;
}

/** A client of the socket that the environment names. LS_USAGE if this process was not started by an agent. */
export function agentClient(env: NodeJS.ProcessEnv = process.env): AgentClient {
  const socketPath = env[TASK_ENV.socket];
  const token = env[TASK_ENV.token];
  if (socketPath === undefined || token === undefined) {
    throw new LockstepError('LS_USAGE', `${TASK_ENV.socket} and ${TASK_ENV.token} are not set: no agent started this`, {
      remedy: 'Start the program with `lockstep train`, which runs it as a task.',
    });
  }
  const bytes = (call: Call) => send(socketPath, token, call);
  return { bytes, json: async (call) => JSON.parse(Buffer.from(await bytes(call)).toString('utf8')) };
}

function send(socketPath: string, token: string, call: Call): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const body = call.bytes ?? (call.json === undefined ? undefined : Buffer.from(JSON.stringify(call.json)));
  const length = call.file?.sizeBytes ?? body?.byteLength ?? 0;
  const headers = { authorization: `Bearer ${token}`, 'content-length': length };
  const options = { socketPath, method: call.method, path: call.path, headers, agent: false };
  const outgoing = request(call.signal === undefined ? options : { ...options, signal: call.signal }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('error', reject);
    answer.on('end', () => {
      const received = Buffer.concat(chunks);
      if ((answer.statusCode ?? 500) < 400) resolve(received);
      else reject(errorFrom(received, call));
    });
  });
  if (call.background === true) outgoing.on('socket', (socket) => socket.unref());
  outgoing.on('error', (cause) =>
    reject(call.signal?.aborted === true ? call.signal.reason : unreachable(call, cause)),
  );
  if (call.file === undefined) outgoing.end(body);
  else pipeline(createReadStream(call.file.path), outgoing).catch(reject);
  return promise;
}

function errorFrom(body: Buffer, call: Call): Error {
  try {
    const { code, message } = JSON.parse(body.toString('utf8')) as WireError;
    if (isErrorCode(code)) return new LockstepError(code, message);
    return new Error(`${call.method} ${call.path}: ${code}: ${message}`);
  } catch {
    return new Error(`${call.method} ${call.path}: the agent answered with an error that is not JSON`);
  }
}

const unreachable = (call: Call, cause: Error) =>
  new LockstepError('LS_UNAVAILABLE', `${call.method} ${call.path}: no answer from the agent: ${cause.message}`, {
    cause,
    remedy: 'The agent of this host has ended; this task ends with it.',
  });
