import { LockstepError } from '#core/errors.ts';
import { TAGS } from '#core/names.ts';
import { runObjects } from '#core/objects/addresses.ts';
import type { LatestCheckpoint } from '#core/training/checkpoint.ts';
import type { Progress } from '#core/training/progress.ts';
import { readJsonIfAny } from '#formats/json/json-object.ts';
import type { Cloud } from '../cloud/cloud.ts';

/** Kills one host with SIGKILL once, in the middle of training. */
export interface Chaos {
  /** Asked at every look at the run; returns what it did, once. */
  strike(runId: string, progress: Progress | undefined): Promise<string | undefined>;
}

export const calm: Chaos = { strike: async () => undefined };

/** Training must be this far, so that there is something to lose and something to go on from. */
const STRIKE_AT = 0.3;

/** LS_USAGE for a cloud whose hosts are not processes of ours. */
export function chaosIn(cloud: Cloud): Chaos {
  const { fleetControlUrl } = cloud;
  if (fleetControlUrl === undefined) throw new LockstepError('LS_USAGE', '--chaos works with a local cloud only');
  let isDone = false;
  return {
    async strike(runId, progress) {
      if (isDone || progress === undefined || progress.step / progress.of < STRIKE_AT) return undefined;
      const latest = runObjects({ bucket: cloud.bucket, runId }).latestCheckpoint;
      const checkpoint = await readJsonIfAny<LatestCheckpoint>(cloud.objects, latest);
      if (!checkpoint?.value.saved) return undefined;
      isDone = true;
      const host = await runningHost(fleetControlUrl, runId);
      // Silent: for a while the fleet goes on to say that the host runs, so the gang must find out by itself.
      const body = JSON.stringify({ silent: true });
      const reply = await fetch(`${fleetControlUrl}/instances/${host}/crash`, { method: 'POST', body });
      if (!reply.ok) throw new Error(`the fleet emulator refused to crash ${host}: ${await reply.text()}`);
      const { step } = checkpoint.value.saved;
      return `chaos: killed host ${host} at step ${progress.step}; last checkpoint: step ${step}`;
    },
  };
}

interface Instance {
  readonly id: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

async function runningHost(fleetControlUrl: string, runId: string): Promise<string> {
  const instances = (await (await fetch(`${fleetControlUrl}/instances`)).json()) as readonly Instance[];
  const host = instances.find(({ state, tags }) => state === 'running' && tags[TAGS.run] === runId);
  if (host === undefined) throw new Error(`the fleet emulator has no running host of ${runId}`);
  return host.id;
}
