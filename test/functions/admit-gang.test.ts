import { describe, expect, it } from 'vitest';
import { admitGang } from '../../functions/admit-gang.ts';
import { admitState, gangWorld, START_S } from './gang-world.ts';

describe('admit-gang', () => {
  it('lets the only gang go shopping, and asked again lets it go on', async () => {
    const { ports, gang, read } = await gangWorld();
    await gang('a');
    expect(await admitGang(admitState('a'), ports)).toMatchObject({ next: 'acquire', waitS: 0 });
    expect((await read('a'))?.phase).toBe('ACQUIRING');
    expect(await admitGang(admitState('a'), ports)).toMatchObject({ next: 'acquire' });
  });

  it('lets the second wait while the first is shopping, and go once its time with the pool is over', async () => {
    const { ports, gang, read } = await gangWorld();
    await gang('a');
    await gang('b');
    await admitGang(admitState('a'), ports);
    expect(await admitGang(admitState('b'), ports)).toMatchObject({ next: 'admit', waitS: 5 });
    expect((await read('b'))?.phase).toBe('QUEUED');
    await ports.clock.sleep(151_000);
    expect(await admitGang(admitState('b'), ports)).toMatchObject({ next: 'acquire' });
  });

  it('lets a gang of higher priority overtake one that still waits', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a');
    const rival = { runId: 'b', jobUri: '', priority: 9, queuedAtS: START_S, askedAtS: START_S, admitted: false };
    await ports.queue.put({ ...rival, instanceTypes: ['g6.xlarge'] });
    expect(await admitGang(admitState('a'), ports)).toMatchObject({ next: 'admit' });
  });

  it('gives up at the limit of its queue time, for a reason that says so', async () => {
    const { ports, gang, read } = await gangWorld();
    await gang('a');
    await ports.clock.sleep(601_000);
    expect(await admitGang(admitState('a'), ports)).toMatchObject({ next: 'decide' });
    expect(await read('a')).toMatchObject({
      phase: 'STOPPING',
      cause: { kind: 'limit', limit: 'maxQueueS', valueS: 600 },
    });
  });

  it("asks for nobody else's gang", async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { owner: 'arn:another' });
    await expect(admitGang(admitState('a'), ports)).rejects.toMatchObject({ code: 'LS_RUN_EXISTS' });
    expect(await ports.queue.list()).toEqual([]);
  });

  it('does nothing at all for a gang that is past waiting', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { phase: 'RUNNING' });
    expect(await admitGang(admitState('a'), ports)).toMatchObject({ next: 'decide' });
    expect(await ports.queue.list()).toEqual([]);
  });

  it('goes no shopping for a gang that was cancelled while it waited', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { phase: 'STOPPING' });
    expect(await admitGang(admitState('a'), ports)).toMatchObject({ next: 'decide' });
  });
});
