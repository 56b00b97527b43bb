import { describe, expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import { awaitGang } from '../../functions/await-gang.ts';
import { sweepGangs } from '../../functions/sweep-gangs.ts';
import { type GangWorld, gangWorld, JOB_URI, OWNER, runTask, START_S } from './gang-world.ts';

async function admitted(phase: 'FORMING' | 'RUNNING' | 'STOPPING' | 'SUCCEEDED') {
  const world = await gangWorld();
  await world.gang('a', { phase });
  const asked = { priority: 0, queuedAtS: START_S, askedAtS: START_S, admitted: true, instanceTypes: [] };
  await world.ports.queue.put({ runId: 'a', jobUri: JOB_URI, ...asked });
  await world.ports.callback.store('a', { attempt: 0, enteredMs: 0, retry: 0 }, 't');
  return world;
}

describe('sweep-gangs', () => {
  it('keeps the Run state of a gang alive while its hosts boot', async () => {
    const { ports } = await admitted('FORMING');
    await sweepGangs(ports);
    expect(ports.callback.heartbeats('a')).toBe(1);
    expect((await ports.queue.list())[0]?.watch).toMatchObject({ phase: 'FORMING', sinceS: START_S });
  });

  it('stops a gang that does not form, and answers for it', async () => {
    const { ports, hosts, read } = await admitted('FORMING');
    const [, late] = await hosts('a', ['READY', 'JOINED']);
    await sweepGangs(ports);
    await ports.clock.sleep(301_000);
    await sweepGangs(ports);
    expect(await read('a')).toMatchObject({ phase: 'STOPPING', cause: { kind: 'not-formed', missing: [late] } });
    expect(ports.callback.answers.get('t')).toEqual({ phase: 'STOPPING', attempt: 0 });
  });

  it('answers for a gang whose sender died, and forgets it once its execution is over', async () => {
    const { ports } = await admitted('SUCCEEDED');
    await sweepGangs(ports);
    expect(ports.callback.answers.get('t')).toEqual({ phase: 'SUCCEEDED', attempt: 0 });
    expect(await ports.queue.list()).toHaveLength(1);
    ports.executions.end(OWNER, { output: {} });
    await sweepGangs(ports);
    expect(await ports.queue.list()).toEqual([]);
  });

  it('says what it saw, for the alarms', async () => {
    const { ports, gang, hosts } = await admitted('RUNNING');
    await hosts('a', ['STARTED', 'STARTED']);
    await gang('b', { phase: 'QUEUED' });
    const asked = { priority: 0, queuedAtS: START_S - 40, askedAtS: START_S, admitted: false, instanceTypes: [] };
    await ports.queue.put({ runId: 'b', jobUri: JOB_URI, ...asked });
    await sweepGangs(ports);
    ports.executions.end(OWNER, { output: {} });
    await ports.queue.put({ runId: 'c', jobUri: 's3://data/none.json', ...asked, admitted: true, queuedAtS: 0 });
    await gang('c', { phase: 'RUNNING', owner: await ports.executions.start('training', 'c', {}) });
    await sweepGangs(ports);
    const quiet = { Sweeps: 1, Gangs: 2, Hosts: 2, HostsWithoutRun: 0, LongestWaitSeconds: 40, GangsNotSwept: 0 };
    expect(ports.metrics.puts).toEqual([quiet, { ...quiet, Gangs: 3, HostsWithoutRun: 2, GangsNotSwept: 1 }]);
  });

  it.each([
    ['its place in the queue', (ports: GangWorld['ports']) => ports.queue.remove('a')],
    ['what Step Functions knows of it', async (ports: GangWorld['ports']) => void (await ports.clock.sleep(901_000))],
  ])('releases a gang whose execution has ended although it has lost %s', async (_, lose) => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', { phase: 'RUNNING', owner: 'training:gone' });
    await hosts('a', ['STARTED', 'STARTED']);
    const asked = { priority: 0, queuedAtS: START_S, askedAtS: START_S, admitted: true, instanceTypes: [] };
    await ports.queue.put({ runId: 'a', jobUri: JOB_URI, ...asked });
    await sweepGangs(ports);
    expect(await ports.fleet.list({})).toHaveLength(2);
    await lose(ports);
    await ports.clock.sleep(901_000);
    await sweepGangs(ports);
    expect(await ports.fleet.list({})).toEqual([]);
    expect(await read('a')).toMatchObject({ phase: 'FAILED' });
  });

  it('waits for no host that takes its time to go, and says which gang it cannot release at all', async () => {
    const { ports, hosts } = await admitted('RUNNING');
    await hosts('a', ['STARTED', 'STARTED']);
    ports.executions.end(OWNER, { output: {} });
    const startedMs = ports.clock.monotonicMs();
    await sweepGangs({ ...ports, fleet: { ...ports.fleet, terminate: async () => undefined } });
    expect(ports.clock.monotonicMs() - startedMs).toBeLessThan(1_000);
    const terminate = () => Promise.reject(new LockstepError('LS_UNAVAILABLE', 'EC2 does not answer'));
    await sweepGangs({ ...ports, fleet: { ...ports.fleet, terminate } });
    expect(ports.metrics.puts.map(({ GangsNotSwept }) => GangsNotSwept)).toEqual([0, 1]);
  });

  it('looks at gangs where hosts cannot be listed, and at hosts where gangs cannot, and fails all the same', async () => {
    const { ports, hosts } = await admitted('FORMING');
    const [instanceId = ''] = await hosts('lost', ['STARTED']);
    const list = () => Promise.reject(new Error('throttled'));
    await expect(sweepGangs({ ...ports, fleet: { ...ports.fleet, list } })).rejects.toThrow('throttled');
    expect(ports.callback.heartbeats('a')).toBe(1);
    await ports.clock.sleep(301_000);
    await expect(sweepGangs({ ...ports, queue: { ...ports.queue, list } })).rejects.toThrow('throttled');
    expect(await ports.fleet.remaining([instanceId])).toEqual([]);
    expect(ports.metrics.puts).toEqual([]);
  });

  it('forgets a gang that no longer exists, and goes on past one that it cannot look at', async () => {
    const { ports } = await admitted('STOPPING');
    const asked = { priority: 0, queuedAtS: 0, askedAtS: 0, admitted: true, instanceTypes: [] };
    await ports.queue.put({ runId: '0-gone', jobUri: JOB_URI, ...asked });
    await ports.queue.put({ runId: '0-unreadable', jobUri: 's3://data/missing.json', ...asked });
    await ports.control.create({ ...(await ports.control.read('a')), runId: '0-unreadable' } as never);
    await sweepGangs(ports);
    expect((await ports.queue.list()).map((entry) => entry.runId)).toEqual(['0-unreadable', 'a']);
    expect(ports.callback.answers.get('t')).toEqual({ phase: 'STOPPING', attempt: 0 });
  });

  it('answers nothing where its stop lost to a gang that has come on', async () => {
    const { ports, hosts, read } = await admitted('FORMING');
    await hosts('a', ['READY', 'JOINED']);
    await sweepGangs(ports);
    await ports.clock.sleep(301_000);
    const seen = await read('a');
    const where = { attempt: 0, phaseIn: ['FORMING'] } as const;
    const write: typeof ports.control.write = async (of) => {
      await ports.control.write({ runId: 'a', where, set: { attempt: 1 }, clear: [], opId: 'meanwhile' });
      return await ports.control.write(of);
    };
    await sweepGangs({ ...ports, control: { ...ports.control, read: async () => seen, write } });
    expect(await read('a')).toMatchObject({ phase: 'FORMING', attempt: 1 });
    expect(ports.callback.answers.size).toBe(0);
  });

  it('leaves a gang alone that waits for its hosts', async () => {
    const { ports, gang, read } = await gangWorld();
    await gang('a', { phase: 'ACQUIRING' });
    const asked = { priority: 0, queuedAtS: START_S, askedAtS: START_S, admitted: false, instanceTypes: [] };
    await ports.queue.put({ runId: 'a', jobUri: JOB_URI, ...asked });
    await ports.clock.sleep(3_700_000);
    await sweepGangs(ports);
    expect(await read('a')).toMatchObject({ phase: 'ACQUIRING' });
  });

  it('does not answer the next attempt for the one before', async () => {
    const { ports } = await admitted('RUNNING');
    await sweepGangs(ports);
    await awaitGang(ports, runTask('a', 't2'));
    await sweepGangs(ports);
    expect(ports.callback.answers.size).toBe(0);
  });
});

describe('a gang whose execution has ended without releasing it, and whose event was lost,', () => {
  it.each([
    ['STOPPING', 'CANCELLED'],
    ['RUNNING', 'CANCELLED'],
  ] as const)('is released in %s: its hosts go, its books are closed', async (phase, end) => {
    const { ports, gang, hosts, read } = await gangWorld();
    const execution = await ports.executions.start('training', 'a', {});
    await gang('a', { phase, owner: execution });
    await hosts('a', ['READY', 'STARTED']);
    const asked = { priority: 0, queuedAtS: START_S, askedAtS: START_S, admitted: true, instanceTypes: [] };
    await ports.queue.put({ runId: 'a', jobUri: JOB_URI, ...asked });
    await sweepGangs(ports);
    expect(await ports.fleet.list({ runId: 'a' })).toHaveLength(2);
    await ports.executions.stop(execution, 'cancelled by somebody');
    await sweepGangs(ports);
    expect(await ports.fleet.list({ runId: 'a' })).toEqual([]);
    expect(await read('a')).toMatchObject({ phase: end });
    expect((await ports.leases.leases('a')).every(({ releasedAt }) => releasedAt !== undefined)).toBe(true);
    expect(await ports.queue.list()).toEqual([]);
  });
});
