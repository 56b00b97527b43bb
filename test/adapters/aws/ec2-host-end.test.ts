/** A launch that EC2 accepts, and whose hosts die of something that no other zone would have either. */
import { afterEach, expect, it } from 'vitest';
import { ec2Fleet } from '#adapters/aws/ec2-fleet.ts';
import { type Rig, startRig } from '../../localstack/ec2/rig.ts';

let rig: Rig;
afterEach(() => rig.stop());

it('says that the key of the disks cannot be used, and is not taken for a shortage', async () => {
  rig = await startRig();
  const fault = { kind: 'fail', code: 'Client.InternalError', message: 'Client.InternalError: Client error on launch' };
  await rig.control('POST /faults', { action: 'RunInstances', fault });
  const subnets = new Map([['us-east-1a', 'subnet-a']]);
  const { client } = rig;
  const site = () => ({ launchTemplate: 'lt-1', subnets });
  const fleet = ec2Fleet({ client, launcher: client, deployment: 'test', site });
  const request = {
    ...{ runId: 'r-1', attempt: 0, round: 0, instanceType: 'g5.xlarge', zone: 'us-east-1a', count: 2 },
    ...{ market: 'on-demand' as const, clientToken: 'token', expiresAtS: 2_000_000_000 },
  };
  const sentence = expect.stringMatching(/Client error on launch \(.*`diskKey`/);
  // The same token tells what became of the launch, whether it was seen at once or not.
  await expect
    .poll(() => fleet.launch(request), { timeout: 10_000 })
    .toMatchObject({ ok: false, failure: 'config', code: 'ShortLaunch', message: sentence, left: [] });
  const ids = (await rig.control<{ id: string }[]>('GET /instances')).map(({ id }) => id);
  expect(ids).toHaveLength(2);
  for (const host of await fleet.find(ids)) expect(host).toMatchObject({ reason: sentence });
});
