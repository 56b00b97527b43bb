/**
 * The process that holds a cloud for start-local-cloud.ts. It starts it when told how, and stops it when told so or when
 * whoever started this process is gone.
 */
import { LockstepError } from '#core/errors.ts';
import { installation } from '../../cli/installation.ts';
import type { LocalCloud } from '../../localstack/embedded/cloud.ts';
import { startCloud } from '../../localstack/embedded/start-cloud.ts';
import { type Answer, STOP, type StartMessage } from './messages.ts';

let starting: Promise<LocalCloud> | undefined;
let isStopping = false;

process.on('message', (message: StartMessage | typeof STOP) => {
  if (message === STOP) void stop();
  else void start(message);
});
process.once('disconnect', () => void stop());

async function start({ start: options }: StartMessage): Promise<void> {
  starting = bringUp(options);
  try {
    const { env, outputs, fleetControlUrl } = await starting;
    answer({ started: { env, outputs, fleetControlUrl } });
  } catch (error) {
    const code = error instanceof LockstepError ? error.code : undefined;
    answer({ failed: { ...(code && { code }), message: error instanceof Error ? error.message : String(error) } });
    process.disconnect?.();
  }
}

async function bringUp(options: StartMessage['start']): Promise<LocalCloud> {
  const assemblyDir = options.assemblyDir ?? (await installation.assembly(options.stateDir));
  return await startCloud({ ...options, assemblyDir });
}

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  const cloud = await starting?.catch(() => undefined);
  await cloud?.stop();
  process.exit(0);
}

function answer(message: Answer): void {
  if (process.connected) process.send?.(message);
}
