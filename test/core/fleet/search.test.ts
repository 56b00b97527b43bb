import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '#core/fleet/candidates.ts';
import { poolOf } from '#core/fleet/candidates.ts';
import { afterQuota, afterShortage, type Cooldown } from '#core/fleet/cooldown.ts';
import type { LaunchFailure, LaunchResult } from '#core/fleet/records.ts';
import { afterLaunch, nextStep, type Search, type SearchOutcome } from '#core/fleet/search.ts';

const T0 = 1_700_000_000_000;
const A: Candidate = { instanceType: 'g7e.12xlarge', zone: 'us-east-1a', market: 'spot' };
const B: Candidate = { instanceType: 'g7e.12xlarge', zone: 'us-east-1b', market: 'spot' };

const SEARCH: Search = {
  candidates: [A, B],
  candidate: 0,
  round: 0,
  refusals: [],
  ...{ sinceMs: T0, deadlineMs: T0 + 1_800_000 },
  keepsHosts: false,
};

const refused = (failure: LaunchFailure, code = 'Code'): LaunchResult => ({ ok: false, failure, code, message: 'why' });

/** Asks the world candidate by candidate until the search ends; gives every pool asked, with the time since T0. */
function run(search: Search, answer: (pool: string, sinceS: number) => LaunchResult) {
  const asked: string[] = [];
  const cooldowns = new Map<string, Cooldown>();
  let state = search;
  let nowMs = T0;
  for (let steps = 0; steps < 10_000; steps++) {
    const step = nextStep(state, cooldowns, nowMs);
    let outcome: SearchOutcome;
    if (step.do === 'launch') {
      const candidate = state.candidates[step.candidate] as Candidate;
      const pool = poolOf(candidate);
      asked.push(`${(nowMs - T0) / 1000} ${candidate.zone}`);
      const result = answer(pool, (nowMs - T0) / 1000);
      if (!result.ok && result.failure === 'capacity') {
        cooldowns.set(pool, afterShortage(cooldowns.get(pool), nowMs));
      }
      if (!result.ok && result.failure === 'quota') cooldowns.set(pool, afterQuota(nowMs));
      outcome = afterLaunch({ ...state, candidate: step.candidate }, { result, cooldowns, nowMs });
    } else outcome = step;
    if (outcome.do !== 'again') return { asked, outcome, atS: (nowMs - T0) / 1000 };
    state = { ...state, candidate: outcome.candidate, round: outcome.round, refusals: outcome.refusals };
    nowMs += outcome.waitS * 1000;
  }
  throw new Error('the search does not end');
}

describe('a gang that looks for its hosts', () => {
  it('asks the candidates in order, and runs with the first that has all', () => {
    const { asked, outcome } = run(SEARCH, (pool) =>
      pool === poolOf(B) ? { ok: true, hosts: [] } : refused('capacity'),
    );
    expect(asked).toEqual(['0 us-east-1a', '0 us-east-1b']);
    expect(outcome).toEqual({ do: 'run' });
  });

  it('begins a new round when pools have cooled down, and takes a host as soon as there is one', () => {
    const { asked, outcome } = run(SEARCH, (_, sinceS) =>
      sinceS >= 180 ? { ok: true, hosts: [] } : refused('capacity'),
    );
    expect(asked).toEqual(['0 us-east-1a', '0 us-east-1b', '60 us-east-1a', '60 us-east-1b', '180 us-east-1a']);
    expect(outcome).toEqual({ do: 'run' });
  });

  it('asks every pool once more at the end of its queue time, cool or not, and then gives up with all answers', () => {
    const search = { ...SEARCH, deadlineMs: T0 + 30_000 };
    const { asked, outcome, atS } = run(search, () => refused('capacity', 'InsufficientInstanceCapacity'));
    expect(asked).toEqual(['0 us-east-1a', '0 us-east-1b', '30 us-east-1a', '30 us-east-1b']);
    expect(atS).toBe(30);
    expect(outcome).toEqual({
      do: 'fail',
      code: 'LS_NO_CAPACITY',
      message:
        'no candidate could supply the whole gang before the queue time ran out: ' +
        'g7e.12xlarge/us-east-1a/spot: InsufficientInstanceCapacity; ' +
        'g7e.12xlarge/us-east-1b/spot: InsufficientInstanceCapacity',
    });
  });

  it('begins the next round in the step that ends the pass, with the wait that it takes', () => {
    const last = { ...SEARCH, candidate: 1 };
    const cooldowns = new Map([A, B].map((one) => [poolOf(one), afterShortage(undefined, T0)]));
    const outcome = afterLaunch(last, { result: refused('capacity'), cooldowns, nowMs: T0 });
    expect(outcome).toEqual({ do: 'again', candidate: 0, round: 1, refusals: [], waitS: 60 });
  });

  it('stays with a candidate that was throttled or answered with a mishap', () => {
    const answers = [refused('throttle'), refused('transient'), { ok: true, hosts: [] } as const];
    const { asked } = run(SEARCH, () => answers.shift() as LaunchResult);
    expect(asked).toEqual(['0 us-east-1a', '5 us-east-1a', '7 us-east-1a']);
  });

  it('does not stay for ever', () => {
    const { outcome, atS } = run({ ...SEARCH, deadlineMs: T0 + 20_000 }, () => refused('throttle'));
    expect(outcome).toMatchObject({ do: 'fail', code: 'LS_NO_CAPACITY' });
    expect(atS).toBe(20);
  });

  it.each(['config', 'auth', 'unknown'] as const)('ends at once, loudly, with what is no shortage: %s', (failure) => {
    const { asked, outcome } = run(SEARCH, () => refused(failure, 'SomethingNew'));
    expect(asked).toHaveLength(1);
    expect(outcome).toMatchObject({ do: 'fail', code: 'LS_FLEET_REFUSED' });
    expect(outcome).toHaveProperty('message', expect.stringContaining('SomethingNew'));
  });

  it('believes a quota only if it is still there when hosts that ended no longer count', () => {
    const { asked, outcome } = run(SEARCH, () => refused('quota', 'VcpuLimitExceeded'));
    expect(asked).toEqual(['0 us-east-1a', '0 us-east-1b', '120 us-east-1a', '120 us-east-1b']);
    expect(outcome).toMatchObject({ do: 'fail', code: 'LS_QUOTA' });
  });

  it('does not call a mixture of quota and shortage a quota', () => {
    const { outcome } = run({ ...SEARCH, deadlineMs: T0 + 300_000 }, (pool) =>
      refused(pool === poolOf(A) ? 'quota' : 'capacity'),
    );
    expect(outcome).toMatchObject({ do: 'fail', code: 'LS_NO_CAPACITY' });
  });

  it('lets go of the hosts it kept if the missing ones cannot be had beside them: nothing is held while it waits', () => {
    const { asked, outcome } = run({ ...SEARCH, candidates: [A], keepsHosts: true }, () => refused('capacity'));
    expect(asked).toEqual(['0 us-east-1a']);
    expect(outcome).toEqual({ do: 'letGo' });
  });

  it('always ends by its deadline, whatever the pools answer, and never asks one that cools down before it', () => {
    const failures = ['capacity', 'quota', 'throttle', 'transient'] as const;
    fc.assert(
      fc.property(fc.infiniteStream(fc.constantFrom(...failures)), fc.nat(900), (answers, queueS) => {
        const lastShortage = new Map<string, number>();
        const { atS } = run({ ...SEARCH, deadlineMs: T0 + queueS * 1000 }, (pool, sinceS) => {
          const failure = answers.next().value as LaunchFailure;
          const before = lastShortage.get(pool);
          if (before !== undefined && sinceS < queueS) expect(sinceS - before).toBeGreaterThanOrEqual(60);
          if (failure === 'capacity') lastShortage.set(pool, sinceS);
          return refused(failure);
        });
        expect(atS).toBeLessThanOrEqual(queueS + 5);
      }),
    );
  });

  it('asks ever more rarely the longer it lasts, also where EC2 only throttles', () => {
    const { asked } = run({ ...SEARCH, deadlineMs: T0 + 12 * 3_600_000 }, () => refused('throttle'));
    const seconds = asked.map((line) => Number(line.split(' ')[0]));
    expect(seconds.slice(0, 3)).toEqual([0, 5, 10]);
    expect(Math.max(...seconds.map((atS, index) => atS - (seconds[index - 1] ?? 0)))).toBe(600);
    expect(seconds.length).toBeLessThan(200);
    expect(seconds.at(-1)).toBe(12 * 3_600);
  });
});
