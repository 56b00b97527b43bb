import type { Socket } from 'node:net';
import { LockstepError } from '#core/errors.ts';
import { encodeHeader, type Frame, type FrameHeader, frameReader } from './frames.ts';

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

export interface Peer {
  readonly socket: Socket;
  /** For messages: `rank 2 (10.0.0.2:40112)`. */
  readonly name: string;
}

/** Wraps two connected sockets. Losing either breaks the ring for good: the attempt cannot go on without a peer. */
export function ringLinks({ next, previous }: RingPeers): RingLinks {
  const frames: Frame[] = [];
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  let arrived = Promise.withResolvers<void>();

  const fail = (error: Error) => broken.reject(error);
  const lost = (peer: Peer) => () => fail(peerLost(peer));
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
  for (const peer of [next, previous]) peer.socket.on('error', lost(peer)).on('close', lost(peer));

  return {
    async send(header, values) {
      const payload = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
      const written = new Promise<void>((resolve) => {
        next.socket.cork();
        next.socket.write(encodeHeader(header, payload.byteLength));
        next.socket.write(payload, () => resolve());
        next.socket.uncork();
      });
      await Promise.race([written, broken.promise]);
    },
    async receive(header) {
      while (frames.length === 0) {
        arrived = Promise.withResolvers<void>();
        await Promise.race([arrived.promise, broken.promise]);
      }
      const frame = frames.shift() as Frame;
      if (frame.sequence === header.sequence && frame.step === header.step) return frame.values;
      throw outOfStep(previous, frame, header);
    },
    fail,
    close() {
      fail(new LockstepError('LS_CANCELLED', 'the context was closed'));
      next.socket.destroy();
      previous.socket.destroy();
    },
  };
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
