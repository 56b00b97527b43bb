import { describe, expect, it } from 'vitest';
import { awaitGang } from '../../functions/await-gang.ts';
import { sweepGangs } from '../../functions/sweep-gangs.ts';
import { gangWorld, JOB_URI, runTask, START_S } from './gang-world.ts';

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

  it('answers for a gang whose sender died, and forgets it once it is over', async () => {
    const { ports } = await admitted('SUCCEEDED');
    await sweepGangs(ports);
    expect(ports.callback.answers.get('t')).toEqual({ phase: 'SUCCEEDED', attempt: 0 });
    expect(await ports.queue.list()).toEqual([]);
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
