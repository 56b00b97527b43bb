import { describe, expect, it } from 'vitest';
import { admitGang } from '../../functions/admit-gang.ts';
import { awaitGang } from '../../functions/await-gang.ts';
import { admitState, gangWorld, runState } from './gang-world.ts';

describe('await-gang', () => {
  it('keeps the token and leaves it open while the gang lives', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { phase: 'FORMING' });
    await awaitGang(ports, { state: runState('a'), token: 't' });
    expect(ports.callback.answers.size).toBe(0);
    expect(await ports.callback.heartbeat('a')).toBe(true);
  });

  it.each(['STOPPING', 'DRAINED', 'SUCCEEDED', 'FAILED'] as const)(
    'answers at once when the gang is %s already',
    async (phase) => {
      const { ports, gang } = await gangWorld();
      await gang('a', { phase, attempt: 2 });
      await awaitGang(ports, { state: { ...runState('a'), attempt: 2 }, token: 't' });
      expect(ports.callback.answers.get('t')).toEqual({ phase, attempt: 2 });
    },
  );

  it('gives the pools back, so that the next gang can go shopping', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a');
    await gang('b');
    await admitGang(admitState('a'), ports);
    await awaitGang(ports, { state: runState('a'), token: 't' });
    expect(await admitGang(admitState('b'), ports)).toMatchObject({ next: 'acquire' });
  });
});
