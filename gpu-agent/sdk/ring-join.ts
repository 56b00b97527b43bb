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
    // Before the exchange: the previous rank may have our port before we have read the answer.
    const accepted = accept(server, token);
    const port = (server.address() as { port: number }).port;
    const answers = await place.allGather(JSON.stringify({ port, token }));
    const hello = JSON.parse(answers[nextRank] as string) as { port: number; token: string };
    const nextName = `rank ${nextRank} (${place.addresses[nextRank]}:${hello.port})`;
    const dialled = dial(place.addresses[nextRank] as string, hello);
    const [previous, next] = await Promise.all([
      within(place.deadlineMs, `rank ${previousRank}`, accepted),
      within(place.deadlineMs, nextName, dialled),
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
function accept(server: Server, token: string): Promise<Socket> {
  return new Promise((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('readable', function readToken() {
        const said: Buffer | null = socket.read(token.length);
        if (said === null) return;
        socket.off('readable', readToken);
        if (timingSafeEqual(said, Buffer.from(token))) resolve(tuned(socket));
        else socket.destroy();
      });
    });
  });
}

function dial(host: string, hello: { port: number; token: string }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: hello.port });
    socket.once('error', reject);
    socket.once('connect', () => socket.write(hello.token, () => resolve(tuned(socket))));
  });
}

/** Without delay, because a chunk is waited for; without a hold on the process, because waits have deadlines. */
const tuned = (socket: Socket): Socket => socket.setNoDelay(true).unref();

/** The deadline's timer also keeps the process alive while it waits, which nothing else here does. */
async function within<T>(deadlineMs: number, peer: string, connected: Promise<T>): Promise<T> {
  const failed = (cause?: unknown) =>
    new LockstepError('LS_TASK_FAILED', `allReduce: no connection with ${peer} within ${deadlineMs} ms`, { cause });
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(failed()), deadlineMs);
  try {
    return await Promise.race([connected.catch((cause: unknown) => Promise.reject(failed(cause))), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
