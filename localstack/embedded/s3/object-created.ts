/** A successful write of an object, as S3 announces it to EventBridge. */
export interface ObjectCreatedEvent {
  readonly bucket: string;
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes, as in the `Object Created` event. */
  readonly etag: string;
  /** Hex; of two writes of one key the later has the greater. */
  readonly sequencer: string;
  readonly reason: 'PutObject' | 'CompleteMultipartUpload' | 'CopyObject';
}

export type ObjectCreatedListener = (event: ObjectCreatedEvent) => void;

/** Tells listeners of writes, after the write is visible and in the order in which writes became so. */
export class ObjectCreatedNotices {
  readonly #listeners = new Set<ObjectCreatedListener>();
  #sequence = BigInt(Date.now()) << 20n;

  /** Returns what ends the subscription. */
  subscribe(listener: ObjectCreatedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(event: Omit<ObjectCreatedEvent, 'sequencer'>): void {
    this.#sequence += 1n;
    const numbered = { ...event, sequencer: this.#sequence.toString(16).toUpperCase().padStart(16, '0') };
    for (const listener of this.#listeners) setImmediate(() => listener(numbered));
  }
}
