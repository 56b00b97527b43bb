import type { Socket } from 'node:net';
import { LockstepError } from '#core/errors.ts';
import { encodeHeader, type FrameHeader, frameReader, type RingFrame } from './frames.ts';

/** The two connections of a rank: one that it writes to, one that it reads from. */
export interface RingLinks {
  send(header: FrameHeader, values: Float32Array): Promise<void>;
  /** The next frame, which must be of this call and step: LS_BARRIER_MISMATCH otherwise. */
  receive(header: FrameHeader): Promise<Float32Array>;
  /** Makes every wait, now and later, reject with this error. */
  fail(error: Error): void;
  close(): void;
}

export interface RingPeers {
  readonly next: Peer;
  readonly previous: Peer;
}

interface Peer {
  readonly socket: Socket;
  /** For messages: `rank 2 (10.0.0.2:40112)`. */
  readonly name: string;
}

/**
 * Wraps two connected sockets. A lost peer fails what needs it and nothing else: at the end of a program the next rank
 * may be gone already while the last chunks still come from the previous one.
 */
export function ringLinks({ next, previous }: RingPeers): RingLinks {
  const frames: RingFrame[] = [];
  const broken = Promise.withResolvers<never>();
  const silenced = Promise.withResolvers<never>();
  for (const { promise } of [broken, silenced]) promise.catch(() => {});
  let arrived = Promise.withResolvers<void>();

  const fail = (error: Error) => broken.reject(error);
  const read = frameReader((frame) => {
    frames.push(frame);
    arrived.resolve();
  });
  previous.socket.on('data', (bytes: Buffer) => {
    try {
      read(bytes);
    } catch (error) {
      fail(error as Error);
    }
  });
  previous.socket.on('close', () => silenced.reject(peerLost(previous)));
  // An error is followed by `close` here, and reported by the write there.
  for (const { socket } of [next, previous]) socket.on('error', () => {});

  return {
    async send(header, values) {
      const payload = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
      await Promise.race([write(next, encodeHeader(header, payload.byteLength), payload), broken.promise]);
    },
    async receive(header) {
      while (frames.length === 0) {
        arrived = Promise.withResolvers<void>();
        await Promise.race([arrived.promise, silenced.promise, broken.promise]);
      }
      const frame = frames.shift() as RingFrame;
      if (frame.sequence === header.sequence && frame.step === header.step) return frame.values;
      throw outOfStep(previous, frame, header);
    },
    fail,
    close() {
      fail(new LockstepError('LS_CANCELLED', 'the context was closed'));
      // Ends with what is still to be written; destroying it could cut off the last chunk.
      next.socket.end();
      previous.socket.destroy();
    },
  };
}

function write(peer: Peer, header: Buffer, payload: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    peer.socket.cork();
    peer.socket.write(header);
    peer.socket.write(payload, (error) => (error == null ? resolve() : reject(peerLost(peer))));
    peer.socket.uncork();
  });
}

const peerLost = ({ name }: Peer) =>
  new LockstepError('LS_TASK_FAILED', `allReduce: the connection to ${name} closed: that task has ended`, {
    remedy: 'Read the log of that rank; this task is only its victim.',
  });

const outOfStep = ({ name }: Peer, got: FrameHeader, expected: FrameHeader) =>
  new LockstepError(
    'LS_BARRIER_MISMATCH',
    `allReduce: expected call ${expected.sequence} step ${expected.step} from ${name}, got call ${got.sequence} step ${got.step}`,
    { remedy: 'Call allReduce the same number of times on every rank.' },
  );
