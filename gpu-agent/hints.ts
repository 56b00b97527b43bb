import { createSocket } from 'node:dgram';

/** Datagrams between the agents of a gang: a hint to look at the control item now. Lost, repeated or forged ones do no harm. */
export interface Hints {
  readonly port: number;
  send(peers: readonly { readonly address: string; readonly port: number }[]): void;
  close(): void;
}

export interface HintOptions {
  readonly address: string;
  readonly runId: string;
  readonly onHint: () => void;
}

/** At most one look in this time, whatever arrives: a flood must not become a flood of reads. */
const QUIET_MS = 10;

/** Opens the listener on the host's own address. */
export async function openHints({ address, runId, onHint }: HintOptions): Promise<Hints> {
  const socket = createSocket('udp4');
  const message = Buffer.from(`lockstep ${runId}`);
  let heardAt = Number.NEGATIVE_INFINITY;
  socket.on('message', (received) => {
    if (!received.equals(message) || performance.now() - heardAt < QUIET_MS) return;
    heardAt = performance.now();
    onHint();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, address, () => resolve());
  });
  // After that an error concerns one datagram, which may as well have been lost.
  socket.removeAllListeners('error').on('error', () => {});
  return {
    port: socket.address().port,
    send(peers) {
      for (const peer of peers) socket.send(message, peer.port, peer.address);
    },
    close: () => socket.close(),
  };
}
