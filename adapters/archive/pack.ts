import { createHash } from 'node:crypto';
import { type BigIntStats, constants, createWriteStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Header, Pax } from 'tar';

/** What an archive is made of. Paths are relative, with `/` between names. */
export type ArchiveEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | ArchiveFile;

export interface ArchiveFile {
  readonly kind: 'file';
  readonly path: string;
  /** Where it is read from. */
  readonly source: string;
  readonly sizeBytes: number;
  readonly isExecutable: boolean;
  /** Tells this state of the file from any other; see `stateOf`. */
  readonly state: string;
}

/** A file is not what it was when its size was taken. */
export class FileChanged extends Error {
  readonly path: string;

  constructor(path: string) {
    super(`${path} changed while it was read`);
    this.path = path;
  }
}

export interface PackedArchive {
  readonly sizeBytes: number;
  /** Of the archive; the same for the same entries, whenever and wherever it is made. */
  readonly sha256: string;
}

/**
 * Writes a gzipped tar, file by file, with neither times nor owners in it, so that equal entries in equal order are equal
 * bytes. FileChanged where a file is written to meanwhile.
 */
export async function pack(
  entries: readonly ArchiveEntry[],
  target: string,
  signal?: AbortSignal,
): Promise<PackedArchive> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await pipeline(
    Readable.from(tarOf(entries), { objectMode: false }),
    createGzip(),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        sizeBytes += chunk.byteLength;
        yield chunk;
      }
    },
    createWriteStream(target, { flags: 'wx' }),
    { signal },
  );
  return { sizeBytes, sha256: hash.digest('hex') };
}

const BLOCK_BYTES = 512;
const READ_BYTES = 2 ** 18;

async function* tarOf(entries: readonly ArchiveEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield* headerOf(entry);
    if (entry.kind === 'file') yield* contentOf(entry);
  }
  yield Buffer.alloc(2 * BLOCK_BYTES);
}

/** The header of an entry, after an extended one where its path or size does not fit the old fields. */
function headerOf(entry: ArchiveEntry): readonly Buffer[] {
  const names = {
    path: entry.kind === 'folder' ? `${entry.path}/` : entry.path,
    ...(entry.kind === 'link' && { linkpath: entry.target }),
  };
  const fields = {
    ...names,
    type: ({ folder: 'Directory', link: 'SymbolicLink', file: 'File' } as const)[entry.kind],
    mode: entry.kind === 'file' && !entry.isExecutable ? 0o644 : 0o755,
    size: entry.kind === 'file' ? entry.sizeBytes : 0,
  };
  const block = Buffer.alloc(BLOCK_BYTES);
  if (!new Header(fields).encode(block)) return [block];
  return [new Pax({ ...names, size: fields.size }).encode(), block];
}

async function* contentOf(entry: ArchiveFile): AsyncGenerator<Buffer> {
  const { path, source, sizeBytes } = entry;
  // Without waiting: where a pipe has taken its place, opening it would wait for a writer for ever.
  await using file = await open(source, constants.O_RDONLY | constants.O_NONBLOCK);
  await expectState(file, entry);
  for (let at = 0; at < sizeBytes; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at);
    if (bytesRead === 0) throw new FileChanged(path);
    yield buffer.subarray(0, Math.min(bytesRead, sizeBytes - at));
    at += bytesRead;
  }
  await expectState(file, entry);
  const rest = sizeBytes % BLOCK_BYTES;
  if (rest > 0) yield Buffer.alloc(BLOCK_BYTES - rest);
}

/** Which file it is and when it was written to last. */
export const stateOf = ({ dev, ino, size, mtimeNs }: BigIntStats): string => [dev, ino, size, mtimeNs].join(':');

async function expectState(file: FileHandle, { path, state }: ArchiveFile): Promise<void> {
  if (stateOf(await file.stat({ bigint: true })) !== state) throw new FileChanged(path);
}
