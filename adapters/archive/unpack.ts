import { extract } from 'tar';

/** An archive could not be unpacked; the cause says whether for what is in it or for the disk below it. */
export class UnpackError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Unpacks a code package, a tar that may be gzipped, into a folder. Strict: a link that leads out of the folder, an entry
 * that cannot be written as it is, and bytes after a damage are no warnings but the end of it. UnpackError.
 */
export async function unpack(file: string, folder: string): Promise<void> {
  try {
    await extract({ file, cwd: folder, strict: true });
  } catch (cause) {
    throw new UnpackError(cause);
  }
}
