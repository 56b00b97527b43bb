import { describe, expect, it } from 'vitest';
import { admitGang } from '../../functions/admit-gang.ts';
import { awaitGang } from '../../functions/await-gang.ts';
import { admitState, gangWorld, runState, runTask, START_S } from './gang-world.ts';

describe('await-gang', () => {
  it('keeps the token and leaves it open while the gang lives', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { phase: 'FORMING' });
    await awaitGang(ports, runTask('a', 't'));
    expect(ports.callback.answers.size).toBe(0);
    expect(await ports.callback.heartbeat('a')).toBe(true);
  });

  it.each(['STOPPING', 'DRAINED', 'SUCCEEDED', 'FAILED'] as const)(
    'answers at once when the gang is %s already',
    async (phase) => {
      const { ports, gang } = await gangWorld();
      await gang('a', { phase, attempt: 2 });
      await awaitGang(ports, runTask('a', 't', { state: { ...runState('a'), attempt: 2 } }));
      expect(ports.callback.answers.get('t')).toEqual({ phase, attempt: 2 });
    },
  );

  it('gives the pools back, so that the next gang can go shopping', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a');
    await gang('b');
    await admitGang(admitState('a'), ports);
    await awaitGang(ports, runTask('a', 't'));
    expect(await admitGang(admitState('b'), ports)).toMatchObject({ next: 'acquire' });
  });

  it('answers a gang that ends while its token is being stored: nobody else knows the token yet', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { phase: 'RUNNING' });
    const store: typeof ports.callback.store = async (...of) => {
      const where = { attempt: 0, phaseIn: ['RUNNING'] } as const;
      await ports.control.write({ runId: 'a', where, set: { phase: 'STOPPING' }, clear: [], opId: 'meanwhile' });
      return await ports.callback.store(...of);
    };
    await awaitGang({ ...ports, callback: { ...ports.callback, store } }, runTask('a', 't'));
    expect(ports.callback.answers.get('t')).toEqual({ phase: 'STOPPING', attempt: 0 });
  });

  it('answers at once where a later attempt runs', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { phase: 'RUNNING', attempt: 1 });
    await awaitGang(ports, runTask('a', 't'));
    expect(ports.callback.answers.get('t')).toEqual({ phase: 'RUNNING', attempt: 0 });
  });

  it("waits for nobody else's gang", async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { phase: 'RUNNING', owner: 'arn:another' });
    await expect(awaitGang(ports, runTask('a', 't'))).rejects.toMatchObject({ code: 'LS_RUN_EXISTS' });
    expect(await ports.callback.heartbeat('a')).toBe(false);
  });

  it('that comes late, from an earlier visit of the state, replaces no token and answers none', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { phase: 'STOPPING' });
    const late = runTask('a', 'late');
    await ports.callback.store('a', { attempt: 0, enteredMs: START_S * 1000, retry: 1 }, 'waiting');
    await awaitGang(ports, late);
    expect(ports.callback.answers.size).toBe(0);
    await awaitGang(ports, runTask('a', 'waiting', { retry: 1 }));
    expect([...ports.callback.answers]).toEqual([['waiting', { phase: 'STOPPING', attempt: 0 }]]);
  });
});
