import { describe, expect, it } from 'vitest';
import { type Aftermath, wrongs } from './judge.ts';

const calm: Aftermath = {
  victim: 'task',
  hit: true,
  end: { code: 0, signal: null },
  summary: {
    ok: true,
    hostsAcquired: 2,
    hostsReleased: 2,
    history: [{ attempt: 0, chargedTo: 'user' }, { attempt: 1 }],
  },
  total: 10,
  left: [],
  clouds: [],
};

describe('the judge of kills', () => {
  it('finds nothing wrong with a right end', () => {
    expect(wrongs(calm, 10)).toEqual([]);
    const killed = { ...calm, victim: 'command', end: { code: null, signal: 'SIGKILL' }, summary: undefined } as const;
    expect(wrongs(killed, 10)).toEqual([]);
  });

  it.each<[string, Partial<Aftermath>, RegExp]>([
    ['a hang', { end: undefined }, /hung/],
    ['a process that is left', { left: ['7 node'] }, /processes were left: 7 node/],
    ['a cloud that is left', { clouds: ['a-7'] }, /clouds were left: a-7/],
    ['a failure', { end: { code: 6, signal: null }, summary: { ok: false, code: 'LS_TASK_FAILED' } }, /LS_TASK_FAILED/],
    ['a step that was lost', { total: 9 }, /came to 9, expected 10/],
    [
      'a host that is kept',
      { summary: { ...calm.summary, ok: true, hostsReleased: 1 } },
      /2 hosts were acquired, 1 released/,
    ],
    ['a wrong charge', { victim: 'host' }, /user was charged for the death of a host/],
    ['a charge for nothing', { hit: false }, /user was charged/],
    [
      'a death that is charged twice',
      {
        summary: {
          ...calm.summary,
          ok: true,
          history: [
            { attempt: 0, chargedTo: 'user' },
            { attempt: 1, chargedTo: 'user' },
          ],
        },
      },
      /charged 2 times/,
    ],
  ])('sees %s', (_, change, message) => {
    expect(wrongs({ ...calm, ...change }, 10).join('\n')).toMatch(message);
  });
});
