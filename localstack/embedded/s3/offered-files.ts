import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { S3Error } from './s3-error.ts';

/**
 * Header of a PutObject whose bytes are a file that lies in the folder of offers, by its name there. The folder is the
 * proof that whoever sends it may: only who can write to the state of this cloud can put a file there.
 */
export const OFFERED = 'x-lockstep-offered';

/** Where clients on this machine put links to their files, below the folder of the service. */
export const offersIn = (folder: string): string => join(folder, 'offers');

/** Files that clients have put beside the store for it to take by name. */
export class OfferedFiles {
  readonly #folder: string;

  /** What an earlier process left was never taken. */
  constructor(folder: string) {
    this.#folder = offersIn(folder);
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Moves an offer to `path`. 400 where there is none of this name. */
  take(name: string, path: string): void {
    if (!/^[0-9a-f-]{36}$/.test(name)) throw notOffered();
    try {
      renameSync(join(this.#folder, name), path);
    } catch {
      throw notOffered();
    }
  }
}

const notOffered = () => new S3Error(400, 'InvalidRequest', 'No file of this name was offered.');
