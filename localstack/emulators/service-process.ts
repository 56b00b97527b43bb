import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startGuardian } from '#adapters/process/guardian.ts';
import { killGroup, startInGroup } from './command.ts';

export interface ServiceOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly log: string;
  /** Answers with anything below status 500 once the service is ready. */
  readonly readyUrl: string;
  readonly readyWithinMs: number;
}

/** Between SIGTERM and SIGKILL: emulators end their own children on SIGTERM, which takes LocalStack seconds. */
const STOP_MS = 10_000;

/** Starts a server in a process group under a guardian of its own and waits until it answers. */
export async function startService(options: ServiceOptions): Promise<{ stop(): Promise<void> }> {
  const guardian = startGuardian();
  const child = startInGroup(options.program, options.args, options);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.program} could not be started`);
  guardian.watch(pid);
  let how: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      how = `ended with ${code ?? signal}`;
      resolve();
    });
  });

  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    const limit = new AbortController();
    await Promise.race([ended, delay(STOP_MS, undefined, { signal: limit.signal }).catch(() => {})]);
    limit.abort();
    killGroup(pid as number);
    await ended;
    await guardian.close();
  }

  const deadline = performance.now() + options.readyWithinMs;
  while (how === undefined && performance.now() < deadline) {
    if (await answers(options.readyUrl)) return { stop };
    await delay(200);
  }
  const tail = readFileSync(options.log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
  await stop();
  throw new Error(`${options.program} ${how ?? `was not ready in ${options.readyWithinMs} ms`}:\n${tail}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).status < 500;
  } catch {
    return false;
  }
}
