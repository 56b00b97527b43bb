import { expect, test } from 'vitest';
import type { Roster } from '#core/gang/records.ts';
import { launchEnv } from '#core/launch/launch-env.ts';
import { placeOf } from '#core/launch/launchers/place.ts';
import { visibility } from '#core/launch/visibility.ts';

const hostAt = (n: number, address: string) => ({
  instanceId: `i-${n}`,
  bootId: `boot-${n}`,
  nonce: `nonce-${n}`,
  address,
  port: 7000 + n,
  tasks: [0, 1].map((local) => ({ rank: 2 * n + local, localRank: local, accelerators: [String(local)] })),
});

const roster = (addresses: readonly string[]): Roster => ({
  runId: 'digits-1',
  attempt: 2,
  hosts: addresses.map((address, n) => hostAt(n, address)),
  masterAddress: addresses[0] as string,
  masterPort: 29500,
});

const settings = { vendor: 'nvidia' as const, maxRestarts: 9 };

test('the whole environment of rank 3 on the second of two hosts', async () => {
  const env = launchEnv(placeOf(roster(['10.0.0.1', '10.0.0.2']), 3, settings));
  await expect(`${JSON.stringify(env, Object.keys(env).sort(), 2)}\n`).toMatchFileSnapshot(
    'golden/launch-env-rank-3.json',
  );
});

test('every rank has its own place, and all agree on the rest', () => {
  const gang = roster(['10.0.0.1', '10.0.0.2']);
  const envs = [0, 1, 2, 3].map((rank) => launchEnv(placeOf(gang, rank, settings)));
  expect(envs.map((env) => [env.RANK, env.LOCAL_RANK, env.GROUP_RANK])).toEqual([
    ['0', '0', '0'],
    ['1', '1', '0'],
    ['2', '0', '1'],
    ['3', '1', '1'],
  ]);
  for (const name of ['WORLD_SIZE', 'MASTER_ADDR', 'MASTER_PORT', 'SM_HOSTS', 'SKYPILOT_NODE_IPS']) {
    expect(new Set(envs.map((env) => env[name])).size, name).toBe(1);
  }
  expect(new Set(envs.map((env) => env.TF_CONFIG)).size).toBe(4);
});

test('hosts that share one address are told apart by their instance ids', () => {
  const env = launchEnv(placeOf(roster(['127.0.0.1', '127.0.0.1']), 2, settings));
  expect(env.SM_HOSTS).toBe('["i-0","i-1"]');
  expect(env.SM_CURRENT_HOST).toBe('i-1');
  expect(JSON.parse(env.TF_CONFIG as string).cluster.worker).toEqual([
    '127.0.0.1:29501',
    '127.0.0.1:29502',
    '127.0.0.1:29503',
    '127.0.0.1:29504',
  ]);
});

test('a rank that is not in the roster is a broken invariant', () => {
  expect(() => placeOf(roster(['10.0.0.1']), 2, settings)).toThrow('invariant broken: rank 2 is in the roster');
});

test('each vendor has its own variable, and no address hides all', () => {
  expect(visibility('nvidia', ['0', '3'])).toEqual({ CUDA_VISIBLE_DEVICES: '0,3', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' });
  expect(visibility('amd', ['1'])).toEqual({ ROCR_VISIBLE_DEVICES: '1' });
  expect(visibility('neuron', [])).toEqual({ NEURON_RT_VISIBLE_CORES: '' });
});
