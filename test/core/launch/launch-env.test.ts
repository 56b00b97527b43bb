import { describe, expect, test } from 'vitest';
import type { Roster } from '#core/gang/records.ts';
import { launchEnv } from '#core/launch/launch-env.ts';
import { placeOf } from '#core/launch/launchers/place.ts';
import { visibilityEnv, visibleDevices } from '#core/launch/visibility.ts';

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

const settings = { vendor: 'nvidia', visibility: 'host', processes: undefined, maxRestarts: 9 } as const;

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
  expect(visibilityEnv('nvidia', ['0', '3'])).toEqual({ CUDA_VISIBLE_DEVICES: '0,3', CUDA_DEVICE_ORDER: 'PCI_BUS_ID' });
  expect(visibilityEnv('amd', ['1'])).toEqual({ ROCR_VISIBLE_DEVICES: '1' });
  expect(visibilityEnv('neuron', [])).toEqual({ NEURON_RT_VISIBLE_CORES: '' });
});

describe('the devices that a task sees', () => {
  const host = (...accelerators: readonly (readonly string[])[]) => ({
    ...hostAt(0, '10.0.0.1'),
    tasks: accelerators.map((one, localRank) => ({ rank: localRank, localRank, accelerators: one })),
  });
  const seen = (at: ReturnType<typeof host>, visibility: 'host' | 'own') =>
    at.tasks.map(({ localRank }) => visibleDevices(at, localRank, visibility));

  test('are those of its host, its own first one at the position of its local rank', () => {
    const [first, second] = seen(host(['4', '5'], ['6', '7']), 'host');
    expect(first).toEqual({ addresses: ['4', '6', '5', '7'], ordinals: [0, 2] });
    expect(second).toEqual({ addresses: ['4', '6', '5', '7'], ordinals: [1, 3] });
  });

  test('are its own alone, counted from 0, where the job asks for it', () => {
    expect(seen(host(['4', '5'], ['6', '7']), 'own')[1]).toEqual({ addresses: ['6', '7'], ordinals: [0, 1] });
  });

  test('are listed once where tasks share them: CUDA refuses a list that names one twice', () => {
    expect(seen(host(['0'], ['1'], ['0'], ['1']), 'host')[3]).toEqual({ addresses: ['0', '1'], ordinals: [1] });
  });

  test('are none where no task asked for any', () => {
    expect(seen(host([], []), 'host')[1]).toEqual({ addresses: [], ordinals: [] });
  });

  test('are told to JAX by their positions', () => {
    const gang = { ...roster(['10.0.0.1']), hosts: [host(['4', '5'], ['6', '7'])] };
    expect(launchEnv(placeOf(gang, 1, settings))).toMatchObject({
      ...{ CUDA_VISIBLE_DEVICES: '4,6,5,7', LOCAL_RANK: '1', JAX_LOCAL_DEVICE_IDS: '1,3' },
    });
  });
});

test('a launcher that is the task finds its options in the environment, and a program that is the task finds none', () => {
  const gang = roster(['10.0.0.1', '10.0.0.2']);
  expect(launchEnv(placeOf(gang, 2, { ...settings, processes: 8 }))).toMatchObject({
    ...{ PET_NNODES: '2', PET_NODE_RANK: '1', PET_NPROC_PER_NODE: '8' },
    ...{ PET_MASTER_ADDR: '10.0.0.1', PET_MASTER_PORT: '29500', PET_RDZV_ENDPOINT: '10.0.0.1:29500' },
  });
  const names = Object.keys(launchEnv(placeOf(gang, 2, settings)));
  expect(names.filter((name) => /^(PET_|OMPI_|PMI)/.test(name))).toEqual([]);
});
