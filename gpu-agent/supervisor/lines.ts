import { isUtf8 } from 'node:buffer';

/** A line that goes on longer than this is taken in pieces: memory is bounded whatever a task writes. */
const LINE_BYTES_MAX = 16 * 2 ** 10;

const [NEWLINE, RETURN] = [0x0a, 0x0d];

/** Turns the bytes of one stream into lines as a terminal would show them at their end. */
export interface Lines {
  /** Complete lines, each with its line end; what has no end yet is kept. */
  push(chunk: Uint8Array): Buffer;
  /** The state of the line that has no end yet, so far. */
  rest(): Buffer;
}

/** A carriage return begins the line anew, so that of a progress bar its last state remains and not a thousand. */
export function createLines(): Lines {
  let line = Buffer.alloc(0);
  let isReturned = false;

  /** Takes bytes without a line end; what a bar showed before its carriage return is replaced by what follows. */
  const extend = (bytes: Uint8Array) => {
    if (bytes.byteLength === 0) return;
    line = isReturned ? Buffer.from(bytes) : Buffer.concat([line, bytes]);
    isReturned = false;
  };
  return {
    push(chunk) {
      const done: Buffer[] = [];
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let from = 0;
      for (let at = nextEnd(bytes, 0); at !== -1; at = nextEnd(bytes, from)) {
        extend(bytes.subarray(from, at));
        from = at + 1;
        if (bytes[at] === RETURN) {
          isReturned = true;
          continue;
        }
        done.push(shown(line), Buffer.of(NEWLINE));
        line = Buffer.alloc(0);
        isReturned = false;
      }
      extend(bytes.subarray(from));
      if (line.byteLength >= LINE_BYTES_MAX) {
        done.push(shown(line));
        line = Buffer.alloc(0);
      }
      return Buffer.concat(done);
    },
    rest: () => shown(line),
  };
}

function nextEnd(bytes: Buffer, from: number): number {
  const [newline, back] = [bytes.indexOf(NEWLINE, from), bytes.indexOf(RETURN, from)];
  return newline === -1 || back === -1 ? Math.max(newline, back) : Math.min(newline, back);
}

/** The same as text: bytes that are no UTF-8, and characters that a terminal would act on, are shown as `\xNN`. */
function shown(bytes: Buffer): Buffer {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : validText(bytes);
  return Buffer.from(text.replaceAll(/\p{Cc}/gu, (one) => (one === '\t' || one === ESCAPE ? one : escaped(one))));
}

/** Colors are fine in a log. */
const ESCAPE = '\u001b';

/** Characters of two, three and four bytes, and any other byte that is none of ASCII. */
const SOME_BYTES =
  /[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}|[\u0080-\u00ff]/g;

const validText = (bytes: Buffer): string =>
  Buffer.from(
    bytes
      .toString('latin1')
      .replaceAll(SOME_BYTES, (some) => (isUtf8(Buffer.from(some, 'latin1')) ? some : escaped(some))),
    'latin1',
  ).toString('utf8');

const escaped = (bytes: string): string =>
  [...bytes].map((one) => `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
