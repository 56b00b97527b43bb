/** The last bytes of a stream, in bounded memory. */
export interface Tail {
  push(bytes: Uint8Array): void;
  /** At most as many as the tail holds, beginning after the end of a line where something was left out. */
  bytes(): Buffer;
  /** Everything that was ever pushed. */
  pushedBytes(): number;
}

export function createTail(maxBytes: number): Tail {
  let kept: Buffer[] = [];
  let size = 0;
  let pushed = 0;
  return {
    push(bytes) {
      if (bytes.byteLength === 0) return;
      // A copy: a view would keep the whole buffer that it is cut from.
      kept.push(Buffer.from(bytes.subarray(-maxBytes)));
      size += Math.min(bytes.byteLength, maxBytes);
      pushed += bytes.byteLength;
      // Joined now and then, so that pushing stays cheap and memory is at most twice what is kept.
      if (size <= 2 * maxBytes) return;
      kept = [Buffer.from(Buffer.concat(kept).subarray(-maxBytes))];
      size = maxBytes;
    },
    bytes() {
      const last = Buffer.concat(kept).subarray(-maxBytes);
      return pushed > last.byteLength ? last.subarray(last.indexOf(0x0a) + 1) : last;
    },
    pushedBytes: () => pushed,
  };
}
