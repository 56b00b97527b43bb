import { readFileSync } from 'node:fs';
import { LockstepError } from '#core/errors.ts';
import type { LocalSettings } from '#core/job/job.ts';
import { nearest } from '#core/job/nearest.ts';
import type { Home } from '../home.ts';
import type { Interrupt } from '../interrupt.ts';
import { remedyForMissing } from '../job/near-file.ts';
import { type Cloud, connectCloud } from './cloud.ts';
import { type FoundCloud, findClouds, functionLogsIn } from './cloud-file.ts';
import { startEmbedded } from './embedded.ts';

export interface CloudChoice {
  /** Name of a deployed stack; undefined for a cloud on this machine. */
  readonly stack?: string;
  /** File that `cdk deploy --outputs-file` wrote. */
  readonly outputs?: string;
  /** Copy what a run commits to this machine even where the cloud keeps it. */
  readonly fetch?: boolean;
}

export interface CloudNeeds extends CloudChoice {
  readonly home: Home;
  readonly interrupt: Interrupt;
  readonly local: LocalSettings | undefined;
  readonly say: (text: string) => void;
  /** The run must go on when this command has ended. */
  readonly detach: boolean;
}

/** The cloud that a run takes place in: the stack, a running `lockstep local up`, or one of its own. */
export async function openCloud(needs: CloudNeeds): Promise<Cloud> {
  if (needs.stack !== undefined || needs.outputs !== undefined) return openStack(needs);
  const { home, interrupt, local = {}, say } = needs;
  const shared = (await findClouds(home)).find((cloud) => cloud.shared);
  if (shared !== undefined && serves(shared, local)) return openFound(shared, needs);
  if (needs.detach) throw nothingStays(shared);
  if (shared !== undefined) say('The local cloud that is up has another warehouse: this run starts one of its own.');
  return (await startEmbedded({ ...local, home, interrupt, say, shared: false })).cloud;
}

const nothingStays = (shared: FoundCloud | undefined): LockstepError =>
  new LockstepError(
    'LS_USAGE',
    shared === undefined
      ? '--detach needs a cloud that stays when this command has ended, and none is up'
      : `--detach needs a cloud that stays, and the one that is up has the warehouse ${shared.warehouse ?? 'of no folder'}`,
    { remedy: 'Bring one up with `lockstep local up --warehouse FOLDER` in another terminal, or name a stack.' },
  );

/** Another process holds the cloud: it keeps what is published, and it takes the cloud down. */
const ELSEWHERE = { settled: async () => {}, close: async () => {} };

/** Talks to a cloud that another process holds. */
export function openFound(
  { env, outputs, fleetControlUrl, offersDir, folder }: FoundCloud,
  { fetch = false }: Pick<CloudChoice, 'fetch'> = {},
): Cloud {
  const traits = {
    fleetControlUrl,
    functionLogs: functionLogsIn(folder),
    copiesOutputs: fetch,
    pollMs: 250,
    ...ELSEWHERE,
  };
  return connectCloud({ name: 'local', outputs, env, ...(offersDir && { offersDir }) }, traits);
}

const OUTPUTS_REMEDY = 'Run `cdk deploy --outputs-file outputs.json` and pass `--stack NAME --outputs outputs.json`.';

/** LS_USAGE unless both the name and the file of its outputs are given. */
export function openStack({ stack, outputs, fetch = false }: CloudChoice): Cloud {
  if (stack === undefined || outputs === undefined) {
    throw new LockstepError(
      'LS_USAGE',
      `expected both --stack and --outputs, got only --${stack ? 'stack' : 'outputs'}`,
      { remedy: OUTPUTS_REMEDY },
    );
  }
  const traits = {
    fleetControlUrl: undefined,
    functionLogs: undefined,
    copiesOutputs: fetch,
    pollMs: 2_000,
    ...ELSEWHERE,
  };
  return connectCloud({ name: stack, outputs: stackOutputs(stack, outputs) }, traits);
}

const serves = (cloud: FoundCloud, local: LocalSettings): boolean =>
  local.warehouse === undefined || local.warehouse === cloud.warehouse;

function stackOutputs(stack: string, file: string): Readonly<Record<string, string>> {
  let all: Readonly<Record<string, Readonly<Record<string, string>>>>;
  try {
    all = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new LockstepError('LS_USAGE', `--outputs ${file}: ${(cause as Error).message}`, {
      cause,
      ...remedyForMissing(file, OUTPUTS_REMEDY),
    });
  }
  const found = all[stack];
  if (found !== undefined) return found;
  const meant = nearest(stack, Object.keys(all));
  throw new LockstepError('LS_USAGE', `${file} has no stack ${stack}, only ${Object.keys(all).join(', ')}`, {
    remedy: meant === undefined ? OUTPUTS_REMEDY : `Did you mean --stack ${meant}?`,
  });
}
