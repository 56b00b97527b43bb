import { randomUUID, timingSafeEqual } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { LockstepError } from '#core/errors.ts';
import { type RingLinks, ringLinks } from './ring-links.ts';

/** What joining a ring needs of the context. */
export interface RingPlace {
  readonly rank: number;
  /** Address of each rank's host; the listener is bound to this rank's own. */
  readonly addresses: readonly string[];
  allGather(message: string): Promise<readonly string[]>;
  readonly deadlineMs: number;
}

/** Opens the two connections of this rank. Ports and a token a listener are exchanged by allGather. */
export async function joinRing(place: RingPlace): Promise<RingLinks> {
  const worldSize = place.addresses.length;
  const [nextRank, previousRank] = [(place.rank + 1) % worldSize, (place.rank + worldSize - 1) % worldSize];
  const token = randomUUID();
  const server = await listen(place.addresses[place.rank] as string);
  try {
    const port = (server.address() as { port: number }).port;
    const answers = await place.allGather(JSON.stringify({ port, token }));
    const hello = JSON.parse(answers[nextRank] as string) as { port: number; token: string };
    const nextName = `rank ${nextRank} (${place.addresses[nextRank]}:${hello.port})`;
    const signal = AbortSignal.timeout(place.deadlineMs);
    const [previous, next] = await Promise.all([
      accept(server, token, signal).catch(onDeadline(`rank ${previousRank}`, place.deadlineMs)),
      dial(place.addresses[nextRank] as string, hello, signal).catch(onDeadline(nextName, place.deadlineMs)),
    ]);
    const previousName = `rank ${previousRank} (${previous.remoteAddress}:${previous.remotePort})`;
    return ringLinks({
      next: { socket: next, name: nextName },
      previous: { socket: previous, name: previousName },
    });
  } finally {
    server.close();
  }
}

async function listen(address: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, address, () => resolve());
  });
  server.unref();
  return server;
}

/** Waits for the one connection that says our token; any other, be it a port scanner or a zombie, is closed. */
function accept(server: Server, token: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
    server.on('connection', (socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('readable', () => {
        const said: Buffer | null = socket.read(token.length);
        if (said === null || !timingSafeEqual(said, Buffer.from(token))) return socket.destroy();
        resolve(tuned(socket));
      });
    });
  });
}

function dial(host: string, hello: { port: number; token: string }, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: hello.port });
    signal.addEventListener('abort', () => reject(signal.reason));
    socket.once('error', reject);
    socket.once('connect', () => socket.write(hello.token, () => resolve(tuned(socket))));
  });
}

/** Without delay, because a chunk is waited for; without a hold on the process, because waits have deadlines. */
const tuned = (socket: Socket): Socket => socket.setNoDelay(true).unref();

const onDeadline =
  (peer: string, deadlineMs: number) =>
  (cause: unknown): never => {
    throw new LockstepError('LS_TASK_FAILED', `allReduce: no connection with ${peer} within ${deadlineMs} ms`, {
      cause,
    });
  };
