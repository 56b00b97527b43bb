import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import type { ObjectBody, Objects } from '#core/objects/ports.ts';

/** Objects in memory, with the etags and conditions of S3. */
export function memoryObjects(): Objects {
  const stored = new Map<string, ObjectBody>();
  return {
    async get(uri, range) {
      const found = stored.get(uri);
      if (found === undefined) throw new LockstepError('LS_DATA_UNREADABLE', `${uri} does not exist`);
      if (range?.etag !== undefined && range.etag !== found.etag) {
        throw new LockstepError(
          'LS_INPUT_CHANGED',
          `${uri} was overwritten: expected ${range.etag}, got ${found.etag}`,
        );
      }
      return range === undefined ? found : { ...found, bytes: found.bytes.subarray(range.start, range.end) };
    },
    async put(uri, body, condition) {
      const before = stored.get(uri);
      const isAllowed =
        condition === undefined ||
        (condition.ifMatch === 'absent' ? before === undefined : before?.etag === condition.ifMatch);
      if (!isAllowed) return { won: false, etag: before?.etag };
      const bytes = Uint8Array.from(body);
      const etag = `"${createHash('md5').update(bytes).digest('hex')}"`;
      stored.set(uri, { uri, etag, sizeBytes: bytes.byteLength, bytes });
      return { won: true, etag };
    },
    async upload(uri, chunks, { signal } = {}) {
      const parts: Uint8Array[] = [];
      for await (const chunk of chunks) {
        signal?.throwIfAborted();
        parts.push(Uint8Array.from(chunk));
      }
      signal?.throwIfAborted();
      const body = Buffer.concat(parts);
      const { etag = '' } = await this.put(uri, body);
      return { uri, etag, sizeBytes: body.byteLength };
    },
    async head(uri) {
      const found = stored.get(uri);
      return found === undefined ? undefined : { uri, etag: found.etag, sizeBytes: found.sizeBytes };
    },
    async *list(uri) {
      for (const key of [...stored.keys()].filter((one) => one.startsWith(uri)).sort()) {
        const { etag, sizeBytes } = stored.get(key) as ObjectBody;
        yield { uri: key, etag, sizeBytes };
      }
    },
    async delete(uris) {
      for (const uri of uris) stored.delete(uri);
    },
  };
}
