import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signalProcess } from '#adapters/process/signal.ts';
import { LockstepError } from '#core/errors.ts';
import { type FoundCloud, findClouds, isAlive } from '../cloud/cloud-file.ts';
import { startEmbedded } from '../cloud/embedded.ts';
import { type OwnApp, ownAssembly } from '../cloud/own-app.ts';
import { confirm } from '../confirm.ts';
import { STOPS } from '../interrupt.ts';
import { listKeptModels } from '../models/kept-models.ts';
import { offerKept } from '../models/offer-kept.ts';
import { cloudVariables, type VariableForm, variableLines } from '../output/cloud-variables.ts';
import type { CommandContext } from './context.ts';

export interface UpFlags extends OwnApp {
  /** Names of stacks of that app, separated by commas. */
  readonly stacks?: string;
  readonly port?: number;
  readonly warehouse?: string;
  /** How the variables of the cloud are printed. @default shell */
  readonly env?: VariableForm;
}

/** `lockstep local up`: a cloud that other commands use, until it is told to stop. */
export async function localUp(flags: UpFlags, context: CommandContext): Promise<void> {
  const { port, warehouse, env = 'shell', stacks } = flags;
  const assembly = ownAssembly(flags);
  const { home, interrupt, screen, print, json } = context;
  interrupt.means(STOPS);
  const [running] = (await findClouds(home)).filter((cloud) => cloud.shared);
  if (running !== undefined) {
    throw new LockstepError('LS_USAGE', `a local cloud is up already, in process ${running.pid}`, {
      remedy: 'Use it, or stop it with `lockstep local down`.',
    });
  }
  screen.phase('start');
  const { cloud, file } = await startEmbedded({
    ...{ home, interrupt, shared: true, say: screen.say },
    ...(port !== undefined && { port }),
    ...(warehouse !== undefined && { warehouse: resolve(warehouse) }),
    ...(assembly !== undefined && { assembly }),
    ...(stacks !== undefined && { stacks: stacks.split(',').filter(Boolean) }),
  });
  try {
    for (const kept of listKeptModels(home)) await offerKept(cloud, kept, interrupt.signal);
    screen.end();
    if (json) print(JSON.stringify({ ok: true, ...file, variables: cloudVariables(file) }));
    else for (const line of variableLines(cloudVariables(file), env)) print(line);
    screen.say('The local cloud is up. Ctrl-C or `lockstep local down` stops it.');
    await untilInterrupted(interrupt.signal);
    const reason = interrupt.signal.reason as LockstepError;
    if (reason.code !== 'LS_CANCELLED') throw reason;
  } finally {
    await cloud.close();
  }
}

/** `lockstep local env`: the variables of the local cloud that is up. LS_USAGE where none is. */
export async function localEnv({ home }: CommandContext): Promise<Readonly<Record<string, string>>> {
  const [up] = (await findClouds(home)).filter((cloud) => cloud.shared);
  if (up !== undefined) return cloudVariables(up);
  throw new LockstepError('LS_USAGE', `no local cloud is up in ${home.folder}`, {
    remedy: 'Bring one up with `lockstep local up`, or give the LOCKSTEP_HOME that it was brought up with.',
  });
}

/** Stopping a cloud that was asked to run until it is stopped is no error. */
const untilInterrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    // Nothing else may keep the process alive: the servers are the cloud's business.
    const keepAlive = setInterval(() => {}, 60_000);
    const end = () => {
      clearInterval(keepAlive);
      done();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });

/** Thousands of objects are removed with a cloud, on a machine that may be busy. */
const DOWN_WITHIN_MS = 30_000;

/** `lockstep local down`: stops every shared cloud of this home; `purge` also removes what runs left. */
export async function localDown(
  { purge = false, yes = false }: { readonly purge?: boolean; readonly yes?: boolean },
  context: CommandContext,
): Promise<string> {
  const { home, interrupt } = context;
  const question = `Remove every run in ${home.runs}, with its outputs and logs, and every model in ${home.models}?`;
  if (purge) await confirm({ question, isSaid: yes, signal: interrupt.signal });
  const shared = (await findClouds(home)).filter((cloud) => cloud.shared);
  for (const { pid } of shared) signalProcess(pid, 'SIGTERM');
  const deadline = performance.now() + DOWN_WITHIN_MS;
  // A cloud removes its folder when everything in it has stopped; one that was killed leaves it.
  const isUp = ({ pid, folder }: FoundCloud) => existsSync(folder) && isAlive(pid);
  while (shared.some(isUp) && performance.now() < deadline) await delay(50);
  const left = shared.filter(isUp);
  if (left.length > 0) {
    throw new LockstepError(
      'LS_UNAVAILABLE',
      `process ${left[0]?.pid} still runs ${DOWN_WITHIN_MS / 1000} s after SIGTERM`,
      { remedy: 'Run `lockstep local down` once more, or end that process: what it started ends with it.' },
    );
  }
  if (purge) {
    const others = await findClouds(home);
    if (others.length > 0)
      throw new LockstepError('LS_USAGE', `a run is still in progress, in process ${others[0]?.pid}`);
    for (const folder of [home.clouds, home.runs, home.models]) rmSync(folder, { recursive: true, force: true });
  }
  const stopped = shared.length === 0 ? 'No local cloud was up.' : 'The local cloud is down.';
  return purge ? `${stopped} Runs, models and state are removed.` : stopped;
}
