import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { LockstepError } from '#core/errors.ts';
import { isAlive } from '../cloud/cloud-file.ts';

/** Holds a folder for this process; call what is returned to give it back. LS_USAGE where another process has it. */
export function lockFolder(path: string, folder: string): () => void {
  for (let tries = 0; ; tries++) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const pid = Number(readFileSync(path, 'utf8'));
      // In a container, the one before may have had the very id of this process.
      if ((isAlive(pid) && pid !== process.pid) || tries > 0) {
        throw new LockstepError('LS_USAGE', `process ${pid} answers a stream into ${folder} already`, {
          remedy: 'End that one, or let `output.to` name another folder.',
        });
      }
      // Its owner was killed.
      rmSync(path, { force: true });
    }
  }
}
