import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LockstepError } from '#core/errors.ts';
import { bundle } from './bundle.ts';

/** A module that predicts, as one file that runs by itself. LS_MODEL_UNREADABLE where it cannot be bundled. */
export async function bundledModule(path: string): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-module-'));
  try {
    const file = join(folder, 'predict.mjs');
    await bundle(path, file);
    return readFileSync(file);
  } catch (cause) {
    if (!(cause instanceof LockstepError)) throw cause;
    const why = cause.message.replace(/^task\.module/, 'model');
    throw new LockstepError('LS_MODEL_UNREADABLE', why, { cause, remedy: 'Correct the module that `model` names.' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
