import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { InstanceMetadata } from '#adapters/aws/imds.ts';
import { TAGS } from '#core/names.ts';

/** What the host knows about itself before it has read anything of the run. */
export interface HostIdentity {
  readonly runId: string;
  /** The attempt that it was launched for; it may live on into later ones. */
  readonly attempt: number;
  readonly instanceId: string;
  readonly bootId: string;
  readonly nonce: string;
  readonly address: string;
}

/** Reads the identity from the instance metadata service. Throws if the instance carries no tags of a run. */
export async function hostIdentity(metadata: Pick<InstanceMetadata, 'get' | 'tag'>): Promise<HostIdentity> {
  const [instanceId, address, runId, attempt] = await Promise.all([
    metadata.get('instance-id'),
    metadata.get('local-ipv4'),
    metadata.tag(TAGS.run),
    metadata.tag(TAGS.attempt),
  ]);
  if (instanceId === undefined || address === undefined) throw new Error('the instance metadata has no id or address');
  if (runId === undefined || !/^\d+$/.test(attempt ?? '')) {
    throw new Error(`instance ${instanceId} has no tags ${TAGS.run} and ${TAGS.attempt}: it belongs to no run`);
  }
  return {
    runId,
    attempt: Number(attempt),
    instanceId,
    bootId: await bootId(),
    nonce: randomUUID(),
    address,
  };
}

/** The kernel's id of this boot; a random one where it has none, which is as good while the agent lives. */
const bootId = async (): Promise<string> =>
  (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => randomUUID())).trim();
