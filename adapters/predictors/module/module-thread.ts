import { Worker } from 'node:worker_threads';
import { Incoming } from '../program/incoming.ts';
import type { FromProgram } from '../program/messages.ts';
import { type LoadedProgram, loadedProgram } from '../program/program.ts';
import type { ModuleThreadData } from './messages.ts';

export interface ModuleThreadOptions {
  readonly path: string;
  /** What the module is called in messages. */
  readonly name: string;
  readonly timeoutS: number;
}

/** Beside this file: as TypeScript in the source tree, as the bundle's own entry in an asset. */
function workerFile(): URL {
  const here = import.meta.url;
  return new URL(here.endsWith('.ts') ? './module-worker.ts' : './module-worker.cjs', here);
}

/** Starts a thread and waits until it has loaded the module. LS_MODEL_UNREADABLE. */
export async function startModuleThread({ path, name, timeoutS }: ModuleThreadOptions): Promise<LoadedProgram> {
  const worker = new Worker(workerFile(), { workerData: { path } satisfies ModuleThreadData });
  const incoming = new Incoming(timeoutS * 1000, () => void worker.terminate());
  worker.on('message', (message: FromProgram) => incoming.add(message));
  worker.once('error', (error) => incoming.end(`its thread ended: ${error.message}`));
  worker.once('exit', (code) => incoming.end(`it ended its thread, with exit code ${code}`));
  return await loadedProgram({
    ...{ name, incoming },
    say: (message) => worker.postMessage(message, 'rows' in message ? [message.rows.buffer as ArrayBuffer] : []),
    close: async () => void (await worker.terminate()),
  });
}
