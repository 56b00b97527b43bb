import { type EC2Client, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { isNotFound } from './ec2-refusal.ts';

/** Instances that EC2 terminates in one call. */
const BATCH = 500;

/**
 * Starts the end of these instances. An id that EC2 does not know refuses a whole call, so they are then ended one by
 * one; the unknown ones are not reported here, and are found out by asking what remains.
 */
export async function terminateHosts(client: EC2Client, instanceIds: readonly string[]): Promise<void> {
  for (let start = 0; start < instanceIds.length; start += BATCH) {
    const ids = instanceIds.slice(start, start + BATCH);
    if (await terminate(client, ids)) continue;
    for (const id of ids) await terminate(client, [id]);
  }
}

/** False if one of the ids is unknown, and so nothing was done. */
async function terminate(client: EC2Client, ids: readonly string[]): Promise<boolean> {
  try {
    await client.send(new TerminateInstancesCommand({ InstanceIds: [...ids] }));
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
