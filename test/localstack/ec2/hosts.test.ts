import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeInstanceStatusCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, it } from 'vitest';
import { signalProcess } from '#adapters/process/signal.ts';
import { parseNeuronLs } from '#core/resources/neuron-ls.ts';
import { parseNvidiaSmi } from '#core/resources/nvidia-smi.ts';
import { isAlive } from '../processes.ts';
import { AGENT_CONFIG, type Rig, type Shown, startRig, userData } from './rig.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const PATIENCE = { timeout: 20_000, interval: 30 };

interface Seen {
  readonly pid: number;
  readonly stray: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly nvidia: string | number;
  readonly neuron: string | number;
}

/** What the agent of a host has written down, once it has. */
async function seenIn(stateDir: string, id: string): Promise<Seen> {
  const file = join(stateDir, 'hosts', id, 'seen.json');
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('}'), PATIENCE).toBe(true);
  return JSON.parse(readFileSync(file, 'utf8')) as Seen;
}

const untilDead = (...pids: readonly number[]) => expect.poll(() => pids.filter(isAlive), PATIENCE).toEqual([]);

describe('a host', () => {
  let rig: Rig;
  afterEach(() => rig.stop());

  const start = async (options: Parameters<typeof startRig>[0] = {}) => {
    rig = await startRig({ resolveAsset: () => FIXTURES, killGraceMs: 300, ...options });
  };
  const launch = async (changes: Parameters<Rig['run']>[0] = {}) => {
    const [instance] = await rig.run(changes);
    const id = instance?.InstanceId ?? '';
    return { id, seen: await seenIn(rig.stateDir, id), folder: join(rig.stateDir, 'hosts', id) };
  };
  const shown = async (id: string) =>
    (await rig.control<readonly Shown[]>('GET /instances')).find((one) => one.id === id);
  const untilTerminated = (id: string) => expect.poll(() => shown(id), PATIENCE).toMatchObject({ state: 'terminated' });

  it('is an agent with a folder, settings, metadata and accelerators of its own', async () => {
    await start({ hostEnv: () => ({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }) });
    const Tags = [{ Key: 'lockstep:run', Value: 'run-1' }];
    const { id, seen, folder } = await launch({ TagSpecifications: [{ ResourceType: 'instance', Tags }] });
    expect(seen).toMatchObject({
      cwd: folder,
      instanceId: id,
      type: 'g7e.12xlarge',
      zone: 'us-east-1a',
      address: '127.0.0.1',
      runTag: 'run-1',
      noTag: 404,
      notice: 404,
      withoutToken: 401,
      withWrongToken: 401,
    });
    expect(seen.env).toMatchObject({
      LOCKSTEP_TABLE: 'gangs',
      LOCKSTEP_BUCKET: 'data',
      LOCKSTEP_DEPLOYMENT: 'test',
      LOCKSTEP_INSTANCE_ID: id,
      LOCKSTEP_SCRATCH: folder,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    });
    expect(seen.env).not.toHaveProperty('VITEST');
    expect(parseNvidiaSmi(String(seen.nvidia)).addresses).toEqual(['0', '1']);
    expect(seen.neuron).toBe(1);
    expect((await shown(id))?.pid).toBe(seen.pid);
  });

  it('has the cores of Neuron devices, or nothing, by its type', async () => {
    await start();
    const trainium = await launch({ InstanceType: 'trn1.32xlarge' });
    expect(parseNeuronLs(String(trainium.seen.neuron)).addresses).toHaveLength(32);
    expect(trainium.seen.nvidia).toBe(9);
    const plain = await launch({ InstanceType: 'c7i.large' });
    expect([plain.seen.nvidia, plain.seen.neuron]).toEqual([9, 1]);
  });

  it('that is terminated takes everything with it, also what has left its process group', async () => {
    await start();
    const { id, seen } = await launch();
    expect(isAlive(seen.stray)).toBe(true);
    await rig.client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await untilTerminated(id);
    expect([seen.pid, seen.stray].filter(isAlive)).toEqual([]);
  });

  it('is killed after the grace if its agent does not want to go', async () => {
    await start({ hostEnv: () => ({ IGNORE_SIGTERM: '1' }) });
    const { id, seen } = await launch();
    await rig.client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await untilTerminated(id);
    expect(isAlive(seen.pid)).toBe(false);
  });

  it.each(['0', '3'])('whose agent exits with %s is terminated, by its own doing', async (code) => {
    await start();
    const { id, seen, folder } = await launch();
    writeFileSync(join(folder, 'order'), code);
    await untilTerminated(id);
    expect((await shown(id))?.reason).toContain('Client.InstanceInitiatedShutdown');
    expect(isAlive(seen.stray)).toBe(false);
  });

  it('that loses power is gone at once, and EC2 says so', async () => {
    await start();
    const { id, seen } = await launch();
    await rig.control(`POST /instances/${id}/crash`, {});
    expect([seen.pid, seen.stray].filter(isAlive)).toEqual([]);
    expect(await shown(id)).toMatchObject({ state: 'terminated', pid: null });
    expect(rig.events.at(-1)?.detail).toEqual({ 'instance-id': id, state: 'terminated' });
  });

  it('that dies in silence stays running for EC2, with an impaired status, until its time is up', async () => {
    await start();
    const { id, seen } = await launch();
    await rig.control(`POST /instances/${id}/crash`, { silent: true, silentMs: 1500 });
    expect([seen.pid, seen.stray].filter(isAlive)).toEqual([]);
    const InstanceIds = [id];
    const { InstanceStatuses } = await rig.client.send(new DescribeInstanceStatusCommand({ InstanceIds }));
    expect(InstanceStatuses).toMatchObject([
      { InstanceState: { Name: 'running' }, InstanceStatus: { Status: 'impaired' } },
    ]);
    expect(rig.events.map(({ detail }) => detail.state)).toEqual(['pending', 'running']);
    await untilTerminated(id);
  });

  it('that died in silence can be terminated', async () => {
    await start();
    const { id } = await launch();
    await rig.control(`POST /instances/${id}/crash`, { silent: true });
    await rig.client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await untilTerminated(id);
  });

  it('that spot takes away hears of it by its metadata and by an event, and ends when the notice is over', async () => {
    await start();
    const { id, folder } = await launch({ InstanceMarketOptions: { MarketType: 'spot' } });
    await rig.control(`POST /instances/${id}/rebalance`);
    await rig.control(`POST /instances/${id}/interrupt`, { noticeMs: 2000 });
    const notice = join(folder, 'notice');
    await expect.poll(() => existsSync(notice), PATIENCE).toBe(true);
    expect(JSON.parse(readFileSync(notice, 'utf8'))).toEqual({
      action: 'terminate',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    await untilTerminated(id);
    expect((await shown(id))?.reason).toContain('Server.SpotInstanceTermination');
    const kinds = rig.events.map((event) => event['detail-type']);
    expect(kinds).toContain('EC2 Instance Rebalance Recommendation');
    const warning = rig.events.find((event) => event['detail-type'] === 'EC2 Spot Instance Interruption Warning');
    expect(warning).toMatchObject({
      resources: [`arn:aws:ec2:us-east-1a:instance/${id}`],
      detail: { 'instance-id': id, 'instance-action': 'terminate' },
    });
  });

  it('whose agent cannot be had does not stay up without it', async () => {
    await start({
      resolveAsset: (uri) => {
        throw new Error(`there is no ${uri}`);
      },
    });
    const [instance] = await rig.run();
    await untilTerminated(instance?.InstanceId ?? '');
    expect((await shown(instance?.InstanceId ?? ''))?.reason).toContain('there is no s3://assets/agent.zip');
  });

  it('whose user data is not complete does not stay up either', async () => {
    await start();
    const [instance] = await rig.run({ UserData: userData({ ...AGENT_CONFIG, table: '' }) });
    await untilTerminated(instance?.InstanceId ?? '');
    expect((await shown(instance?.InstanceId ?? ''))?.reason).toContain('"table"');
  });

  it('without an agent in its user data is a record only', async () => {
    await start();
    const [instance] = await rig.run({ UserData: Buffer.from('#!/bin/sh\n').toString('base64') });
    const id = instance?.InstanceId ?? '';
    await expect.poll(() => shown(id), PATIENCE).toMatchObject({ state: 'running', pid: null });
    expect(existsSync(join(rig.stateDir, 'hosts'))).toBe(false);
  });

  it('ends with its emulator', async () => {
    await start();
    const one = await launch();
    const two = await launch();
    await rig.stop();
    expect([one.seen.pid, one.seen.stray, two.seen.pid, two.seen.stray].filter(isAlive)).toEqual([]);
  });
});

it('a host dies with an emulator that was killed', async () => {
  const owner = spawn(process.execPath, [join(FIXTURES, 'fleet-owner.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const stateDir = await new Promise<string>((done) => {
    owner.stdout.setEncoding('utf8').once('data', (line: string) => done(line.trim()));
  });
  const left: number[] = [];
  try {
    await expect.poll(() => existsSync(join(stateDir, 'hosts')), PATIENCE).toBe(true);
    const [id = ''] = readdirSync(join(stateDir, 'hosts'));
    const { pid, stray } = await seenIn(stateDir, id);
    // What a real agent starts is looked after by its own guardian; this stand-in has none.
    left.push(stray, pid);
    owner.kill('SIGKILL');
    await untilDead(pid);
  } finally {
    owner.kill('SIGKILL');
    for (const pid of left) signalProcess(pid, 'SIGKILL');
    rmSync(stateDir, { recursive: true, force: true });
  }
});
