import { AsyncByteQueue } from 'apache-arrow';

/** What a writer of apache-arrow writes to: hands on each chunk at once. Its own queue would keep it, while the memory that it views is used again. */
export class Chunks extends AsyncByteQueue {
  readonly #take: (chunk: Uint8Array) => void;

  constructor(take: (chunk: Uint8Array) => void) {
    super();
    this.#take = take;
  }

  override write(chunk: Uint8Array): void {
    this.#take(chunk);
  }
}
