import { createHash } from 'node:crypto';
import type { ObjectHead, Objects } from '#core/objects/ports.ts';
import type { PartBuffer } from '#formats/arrow/write/part-writer.ts';

/** What a part may hold before it is sent in pieces; most are smaller, and are written by one request from memory that is warm. */
const HELD_BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 8 * 1024 * 1024;

/** What was written. */
export interface SunkBytes {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Takes the bytes of one object as they are made, hashes them, and sends what is more than it may hold. */
export class PartSink {
  readonly #objects: Pick<Objects, 'put' | 'upload'>;
  readonly #uri: string;
  readonly #buffer: PartBuffer;
  readonly #heldBytes: number;
  readonly #hash = createHash('sha256');
  #sizeBytes = 0;
  #upload: Upload | undefined;

  /** `buffer` is this sink's alone until it has finished or was abandoned. */
  constructor(
    objects: Pick<Objects, 'put' | 'upload'>,
    { uri, buffer, heldBytes = HELD_BYTES }: { uri: string; buffer: PartBuffer; heldBytes?: number },
  ) {
    this.#objects = objects;
    this.#uri = uri;
    this.#buffer = buffer;
    this.#heldBytes = heldBytes;
    buffer.clear();
  }

  /** The chunk is copied. */
  append(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#buffer.append(chunk);
    this.#sizeBytes += chunk.length;
  }

  /** Waits until no more is held than may be. Throws what the store says. */
  async settle(): Promise<void> {
    if (this.#buffer.sizeBytes > this.#heldBytes) await this.#send();
  }

  /** The object is whole, and there. */
  async finish(): Promise<SunkBytes> {
    await this.settle();
    if (this.#upload) {
      await this.#send();
      await this.#upload.end();
    } else {
      await this.#objects.put(this.#uri, this.#buffer.bytes());
    }
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest('hex') };
  }

  /** Nothing stays of it. */
  async abandon(reason: unknown): Promise<void> {
    await this.#upload?.abandon(reason);
  }

  async #send(): Promise<void> {
    this.#upload ??= new Upload((chunks) => this.#objects.upload(this.#uri, chunks));
    const bytes = this.#buffer.bytes();
    // Copied, because an upload holds on to what it was given while this memory is filled again.
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) await this.#upload.send(bytes.slice(at, at + PIECE_BYTES));
    this.#buffer.clear();
  }
}

/** An upload under way, which is handed one piece after the other. */
class Upload {
  readonly #pieces: WritableStreamDefaultWriter<Uint8Array>;
  readonly #done: Promise<ObjectHead>;

  constructor(start: (chunks: AsyncIterable<Uint8Array>) => Promise<ObjectHead>) {
    // A piece is taken when the upload asks for it: there is never more than one here.
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#pieces = writable.getWriter();
    this.#done = start(readable);
    // Met when the next piece is sent, or at the end; until then it must not count as unhandled.
    this.#done.catch(() => {});
    this.#pieces.closed.catch(() => {});
  }

  async send(piece: Uint8Array): Promise<void> {
    await this.#taken(this.#pieces.write(piece));
  }

  async end(): Promise<void> {
    await this.#taken(this.#pieces.close());
    await this.#done;
  }

  async abandon(reason: unknown): Promise<void> {
    await this.#pieces.abort(reason).catch(() => {});
    await this.#done.catch(() => {});
  }

  /** Throws the reason of an upload that ends before it has taken what it is handed. */
  async #taken(work: Promise<void>): Promise<void> {
    const failed = this.#done.then(() => new Promise<never>(() => {}));
    try {
      await Promise.race([work, failed]);
    } catch (error) {
      // An upload that fails lets go of its pieces first, without a reason.
      await this.#done;
      throw error;
    }
  }
}
