import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clientToken, type LaunchIdentity } from '#core/fleet/client-token.ts';

const LAUNCH: LaunchIdentity = {
  runId: 'digits-0mh2k3',
  attempt: 0,
  round: 0,
  instanceType: 'g7e.12xlarge',
  zone: 'us-east-1a',
  market: 'spot',
  count: 2,
};

it('is the same on every machine and in every release: a changed token would buy hosts twice', () => {
  expect(clientToken(LAUNCH)).toBe('ls-a3a6af09d7f275613dad5bb2a6ff27e1');
});

it('covers everything that makes a launch another one', () => {
  const changes: readonly Partial<LaunchIdentity>[] = [
    {},
    { runId: 'digits-0mh2k4' },
    { attempt: 1 },
    { round: 1 },
    { instanceType: 'g7e.24xlarge' },
    { zone: 'us-east-1b' },
    { market: 'on-demand' },
    { count: 3 },
  ];
  const tokens = changes.map((change) => clientToken({ ...LAUNCH, ...change }));
  expect(new Set(tokens).size).toBe(changes.length);
});

it('does not confuse neighbouring fields, whatever their text', () => {
  const identity = fc.record({
    runId: fc.string(),
    attempt: fc.nat(),
    round: fc.nat(),
    instanceType: fc.string(),
    zone: fc.string(),
    market: fc.constantFrom('spot', 'on-demand' as const),
    count: fc.nat(),
  });
  fc.assert(
    fc.property(identity, identity, (a, b) => {
      const same = JSON.stringify(Object.values(a)) === JSON.stringify(Object.values(b));
      expect(clientToken(a) === clientToken(b)).toBe(same);
      expect(clientToken(a)).toMatch(/^[\x21-\x7e]{1,64}$/);
    }),
  );
});
