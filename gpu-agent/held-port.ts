import { createServer } from 'node:net';

/** A port of this host that nobody else can take until it is let go. */
export interface HeldPort {
  readonly number: number;
  /** Lets it go, for the task that listens there next. Safe to call twice. */
  release(): Promise<void>;
}

/** Draws a free port and holds it. What it listens for is nobody: a connection is closed at once. */
export async function holdPort(address: string): Promise<HeldPort> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, address, () => resolve());
  });
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
