import { expect, it } from 'vitest';
import type { Host } from '#core/fleet/records.ts';
import { taken } from '#core/inference/claims.ts';
import { type Crew, isAtWork, opened } from '#core/inference/crew.ts';
import { asGang, type CrewView, isAnyWaiting, NEW_SEARCH, searchOf, settle, tend } from '#core/inference/tend.ts';
import { HOSTS_DEFAULTS } from '#core/job/defaults.ts';

const NOW_S = 1_700_000_000;
const crew: Crew = {
  ...{ runId: 'r', attempt: 0, owner: 'e', round: 'e/0', phase: 'OPEN', openedAtS: NOW_S, deadlineS: NOW_S + 3600 },
};
const request = { ...HOSTS_DEFAULTS, min: 2, max: 5, replacements: 1, instanceTypes: ['g4dn.xlarge'] };
const pool = { instanceType: 'g4dn.xlarge', zone: 'a', market: 'spot' } as const;
const hosts = (count: number): Host[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ ...pool, instanceId: `i-${i}`, state: 'running', runId: 'r', attempt: 0, launchedAt: 0 },
  }));
const view = (changes: Partial<CrewView> = {}): CrewView => ({
  ...{ crew, request, search: NEW_SEARCH, candidates: [pool], refused: [], cooldowns: new Map(), kept: [], lost: [] },
  ...{ board: { next: 0, total: 40, claims: [] }, isGangWaiting: false, nowMs: NOW_S * 1000 },
  ...changes,
});
const cooling = { cooldowns: new Map([['g4dn.xlarge/a/spot', { untilMs: NOW_S * 1000 + 60_000, lengthS: 60 }]]) };

it('looks for all that are missing of `min` at once, then for others up to `max`', () => {
  expect(tend(view())).toEqual({ do: 'launch', candidate: 0, count: 2 });
  expect(tend(view({ kept: hosts(1) }))).toEqual({ do: 'launch', candidate: 0, count: 1 });
  expect(tend(view({ kept: hosts(2) }))).toEqual({ do: 'launchMore', candidate: 0, count: 3 });
  expect(tend(view({ kept: hosts(5) }))).toEqual({ do: 'watch' });
});

it('asks for no more hosts than there is work for, by the accelerators of the type', () => {
  const board = { next: 38, total: 40, claims: [taken(1, 'a')] };
  expect(tend(view({ kept: hosts(2), board }))).toEqual({ do: 'launchMore', candidate: 0, count: 1 });
  const large = { ...pool, instanceType: 'g4dn.12xlarge' };
  expect(tend(view({ kept: hosts(2), board, candidates: [large] }))).toEqual({ do: 'watch' });
  expect(tend(view({ kept: hosts(2), board: undefined }))).toEqual({ do: 'watch' });
});

it('leaves pools alone that cool down, and asks for nothing beyond `min` while a gang waits', () => {
  expect(tend(view({ kept: hosts(2), ...cooling }))).toEqual({ do: 'watch' });
  expect(tend(view({ kept: hosts(2), isGangWaiting: true }))).toEqual({ do: 'watch' });
  expect(tend(view({ isGangWaiting: true }))).toMatchObject({ do: 'launch' });
  expect(tend(view({ ...cooling }))).toMatchObject({ do: 'again' });
});

it('is done when the work is, whoever is there, and fails for what was reported first', () => {
  expect(tend(view({ board: { next: 40, total: 40, claims: [] } }))).toEqual({ do: 'done' });
  const failure = { code: 'LS_NULL_INPUT', message: 'row 3' };
  expect(tend(view({ crew: { ...crew, failure } }))).toEqual({ do: 'fail', ...failure });
});

it('gives up when its time is over, or the last host is lost beyond what may be replaced', () => {
  expect(tend(view({ nowMs: (NOW_S + 3600) * 1000 }))).toMatchObject({ do: 'fail', code: 'LS_LIMIT_EXCEEDED' });
  expect(tend(view({ lost: ['a'] }))).toMatchObject({ do: 'launch' });
  expect(tend(view({ lost: ['a', 'b'], kept: hosts(1) }))).toEqual({ do: 'watch' });
  expect(tend(view({ lost: ['a', 'b'] }))).toEqual({
    ...{ do: 'fail', code: 'LS_HOST_LOST' },
    message: '2 hosts were lost, and hosts.replacements is 1; 40 of 40 partitions are left',
  });
});

it('says at once why no host can ever be had', () => {
  const refused = ['g4dn.huge is not an instance type that Lockstep knows', 'zone b has no subnet'];
  expect(tend(view({ candidates: [], refused }))).toEqual({
    ...{ do: 'fail', code: 'LS_JOB_IMPOSSIBLE' },
    message: refused.join('; '),
  });
});

it('ends a search that finds nothing only where there is no host at all', () => {
  const search = { ...NEW_SEARCH, shortSinceS: NOW_S - 1801 };
  const failed = { do: 'fail', code: 'LS_NO_CAPACITY', message: 'none' } as const;
  expect(searchOf(view({ search })).deadlineMs).toBe((NOW_S - 1) * 1000);
  expect(searchOf(view({ search, kept: hosts(1) })).deadlineMs).toBe(Number.POSITIVE_INFINITY);
  expect(settle(view(), failed)).toEqual(failed);
  expect(settle(view({ kept: hosts(1) }), failed)).toEqual({ do: 'watch' });
  const refused = { ...NEW_SEARCH, isRefused: true } as const;
  expect(tend(view({ kept: hosts(1), search: refused }))).toEqual({ do: 'watch' });
  expect(tend(view({ search: refused }))).toMatchObject({ do: 'launch' });
});

it('opens a crew of the next attempt only once that before is over', () => {
  const wanted = { runId: 'r', owner: 'e', round: 'e/1', maxDurationS: 60, nowS: NOW_S };
  expect(opened(undefined, wanted)).toEqual({ ...crew, round: 'e/1', deadlineS: NOW_S + 60 });
  expect(opened(crew, { ...wanted, round: 'e/0' })).toBe(crew);
  expect(opened(crew, wanted)).toBeUndefined();
  expect(opened({ ...crew, phase: 'ENDING' }, wanted)).toBeUndefined();
  expect(opened({ ...crew, phase: 'ENDED' }, wanted)).toMatchObject({ attempt: 1, phase: 'OPEN' });
  expect(isAtWork(crew, 0)).toBe(true);
  expect(isAtWork(crew, 1)).toBe(false);
  expect(isAtWork({ ...crew, phase: 'ENDING' }, 0)).toBe(false);
  expect(isAtWork({ ...crew, failure: { code: 'c', message: 'm' } }, 0)).toBe(false);
});

it('gives way to gangs that wait for the same types and still ask', () => {
  const entry = { runId: 'g', jobUri: '', priority: 0, queuedAtS: 0, admitted: false, instanceTypes: ['g4dn.xlarge'] };
  expect(isAnyWaiting([{ ...entry, askedAtS: NOW_S }], request, NOW_S)).toBe(true);
  expect(isAnyWaiting([{ ...entry, askedAtS: NOW_S - 151 }], request, NOW_S)).toBe(false);
  expect(isAnyWaiting([{ ...entry, askedAtS: NOW_S, admitted: true }], request, NOW_S)).toBe(false);
  expect(isAnyWaiting([{ ...entry, askedAtS: NOW_S, instanceTypes: ['p5.48xlarge'] }], request, NOW_S)).toBe(false);
  expect(asGang(request)).toMatchObject({ hosts: 2, perTask: { gpu: 0 } });
});
