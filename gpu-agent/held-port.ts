import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';

/** A port of this host that nobody else can take until it is let go. */
export interface HeldPort {
  readonly number: number;
  /** Lets it go, for the task that listens there next. Safe to call twice. */
  release(): Promise<void>;
}

/** Below it are ports of well-known services. */
const LOWEST = 15_000;
const DRAWS = 20;

/**
 * Draws a free port and holds it. What it listens for is nobody: a connection is closed at once. Where there is room it is none
 * that the system gives to outgoing connections, so that none of those takes it between its release and the task.
 */
export async function holdPort(address: string): Promise<HeldPort> {
  const server = createServer((socket) => socket.destroy());
  await listenSomewhere(server, address);
  server.unref();
  const { port } = server.address() as { port: number };
  let released: Promise<void> | undefined;
  return {
    number: port,
    release() {
      released ??= new Promise((resolve) => server.close(() => resolve()));
      return released;
    },
  };
}

async function listenSomewhere(server: Server, address: string): Promise<void> {
  const end = firstOfOutgoing();
  for (let draw = 0; end > LOWEST && draw < DRAWS; draw++) {
    const failed = await listen(server, randomInt(LOWEST, end), address);
    if (failed === undefined) return;
  }
  const failed = await listen(server, 0, address);
  if (failed !== undefined) throw failed;
}

const listen = (server: Server, port: number, address: string): Promise<Error | undefined> =>
  new Promise((resolve) => {
    const settle = (failed?: Error) => {
      server.removeAllListeners('error').removeAllListeners('listening');
      resolve(failed);
    };
    server.once('error', settle).listen(port, address, () => settle());
  });

/** The lowest port that outgoing connections are given; 0 where that is not known. */
function firstOfOutgoing(): number {
  try {
    return Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
  } catch {
    return 0;
  }
}
