import { crc32 } from 'node:zlib';

/** A zip archive of these files, uncompressed: what CreateFunction takes. */
export function zipOf(files: Readonly<Record<string, string>>): Uint8Array {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const [path, body] = [Buffer.from(name), Buffer.from(content)];
    const local = Buffer.concat([header(0x04034b50, path, body), path, body]);
    bodies.push(local);
    directory.push(centralHeader(path, body, offset), path);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, central, end]);
}

/** 1980-01-01, the first day that the format knows. */
const DOS_DATE = 0x21;

function header(signature: number, path: Buffer, body: Buffer): Buffer {
  const bytes = Buffer.alloc(30);
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(20, 4);
  bytes.writeUInt16LE(DOS_DATE, 12);
  bytes.writeUInt32LE(crc32(body), 14);
  bytes.writeUInt32LE(body.length, 18);
  bytes.writeUInt32LE(body.length, 22);
  bytes.writeUInt16LE(path.length, 26);
  return bytes;
}

function centralHeader(path: Buffer, body: Buffer, offset: number): Buffer {
  const local = header(0x02014b50, path, body);
  const bytes = Buffer.alloc(46);
  // The fields of the local header, two bytes further on, behind the version that made the archive.
  local.copy(bytes, 0, 0, 4);
  bytes.writeUInt16LE(0x0314, 4);
  local.copy(bytes, 6, 4, 28);
  // Readable by everybody, as Lambda wants it.
  bytes.writeUInt32LE((0o100644 << 16) >>> 0, 38);
  bytes.writeUInt32LE(offset, 42);
  return bytes;
}
