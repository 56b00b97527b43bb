import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ec2Fleet } from '#adapters/aws/ec2-fleet.ts';
import { memoryFleet } from '#adapters/memory/memory-fleet.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { startFleet } from '../../localstack/embedded/ec2/start-fleet.ts';
import { CAPACITY, fleetContract } from './fleet-contract.ts';

fleetContract('memory', async () => {
  const fleet = memoryFleet({ clock: systemClock, zones: ['us-east-1a', 'us-east-1b'], capacity: CAPACITY });
  return { fleet, lose: async (instanceId) => fleet.lose(instanceId), stop: async () => {} };
});

fleetContract('EC2 on the emulator', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'lockstep-fleet-'));
  const emulator = await startFleet({ stateDir, capacity: CAPACITY, bootMs: 5, shutdownMs: 5 });
  emulator.putSubnet({ id: 'subnet-a', zone: 'us-east-1a' });
  emulator.putSubnet({ id: 'subnet-b', zone: 'us-east-1b' });
  emulator.putLaunchTemplate({ id: 'lt-1', name: 'gpu', versions: [{ ImageId: 'ami-1' }] });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new EC2Client({ endpoint: emulator.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const subnets = new Map([
    ['us-east-1a', 'subnet-a'],
    ['us-east-1b', 'subnet-b'],
  ]);
  return {
    fleet: ec2Fleet({
      client,
      launcher: client,
      deployment: 'test',
      site: () => ({ launchTemplate: 'lt-1', subnets }),
    }),
    lose: async (instanceId) => {
      await fetch(`${emulator.controlUrl}/instances/${instanceId}/crash`, { method: 'POST' });
    },
    stop: async () => {
      client.destroy();
      await emulator.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
});
