import { describe, expect, it } from 'vitest';
import { holdings } from '#core/fleet/holdings.ts';
import { isAdoptable } from '#core/fleet/orphans.ts';
import type { Host, Lease } from '#core/fleet/records.ts';
import { unconfirmed } from '#core/fleet/teardown.ts';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;

const host = (instanceId: string, changes: Partial<Host> = {}): Host => ({
  instanceId,
  instanceType: 'g7e.12xlarge',
  zone: 'us-east-1a',
  market: 'spot',
  state: 'running',
  runId: 'run-1',
  attempt: 0,
  launchedAt: NOW - HOUR,
  ...changes,
});

const lease = (instanceId: string, changes: Partial<Lease> = {}): Lease => ({
  runId: 'run-1',
  attempt: 0,
  instanceId,
  instanceType: 'g7e.12xlarge',
  zone: 'us-east-1a',
  market: 'spot',
  acquiredAt: NOW - HOUR,
  ...changes,
});

const ids = (hosts: readonly Host[]) => hosts.map(({ instanceId }) => instanceId);

describe('what a run has', () => {
  it('is what is leased and alive; the rest is an orphan or lost', () => {
    const hosts = [
      host('i-1'),
      host('i-2', { state: 'pending' }),
      host('i-3'),
      host('i-4', { state: 'shutting-down' }),
    ];
    const have = holdings(hosts, [lease('i-1'), lease('i-2'), lease('i-4'), lease('i-5')], NOW);
    expect(ids(have.kept)).toEqual(['i-1', 'i-2']);
    expect(ids(have.orphans)).toEqual(['i-3']);
    expect(have.lost).toEqual(['i-4', 'i-5']);
  });

  it('counts a host whose lease has ended as an orphan, and one that is ending as nothing', () => {
    const have = holdings(
      [host('i-1'), host('i-2', { state: 'shutting-down' })],
      [lease('i-1', { releasedAt: NOW })],
      NOW,
    );
    expect(ids(have.orphans)).toEqual(['i-1']);
    expect(have).toMatchObject({ kept: [], lost: [] });
  });

  it('believes in a fresh lease although the list does not know its host yet', () => {
    const fresh = lease('i-1', { acquiredAt: NOW - 59_000 });
    expect(holdings([], [fresh], NOW)).toMatchObject({ kept: [{ instanceId: 'i-1' }], lost: [] });
    expect(holdings([], [lease('i-1', { acquiredAt: NOW - 60_000 })], NOW)).toMatchObject({ kept: [], lost: ['i-1'] });
  });

  it('does not believe in a fresh lease whose host the list knows to be ending', () => {
    const have = holdings([host('i-1', { state: 'shutting-down' })], [lease('i-1', { acquiredAt: NOW })], NOW);
    expect(have.lost).toEqual(['i-1']);
  });
});

describe('orphans', () => {
  const launch = { instanceType: 'g7e.12xlarge', zone: 'us-east-1a', market: 'spot', attempt: 0, count: 2 } as const;

  it('may be taken over by the launch that they are from', () => {
    expect(isAdoptable([host('i-1'), host('i-2')], launch)).toBe(true);
  });

  it.each<[string, readonly Host[]]>([
    ['there are too few', [host('i-1')]],
    ['there are too many', [host('i-1'), host('i-2'), host('i-3')]],
    ['one is of another attempt', [host('i-1'), host('i-2', { attempt: 1 })]],
    ['one is of another type', [host('i-1'), host('i-2', { instanceType: 'g7e.24xlarge' })]],
    ['one is in another zone', [host('i-1'), host('i-2', { zone: 'us-east-1b' })]],
    ['one is from another market', [host('i-1'), host('i-2', { market: 'on-demand' })]],
  ])('may not if %s', (_, orphans) => {
    expect(isAdoptable(orphans, launch)).toBe(false);
  });
});

describe('a teardown', () => {
  it('is confirmed only by the state terminated', () => {
    const hosts = [host('i-1'), host('i-2'), host('i-3')];
    const found = [host('i-1', { state: 'terminated' }), host('i-2', { state: 'shutting-down' }), host('i-3')];
    expect(unconfirmed(hosts, [], { found, nowMs: NOW })).toEqual(['i-2', 'i-3']);
  });

  it('covers leased instances that the list does not show', () => {
    expect(unconfirmed([], [lease('i-1')], { found: [host('i-1')], nowMs: NOW })).toEqual(['i-1']);
  });

  it('takes an unknown instance for gone only if it is old', () => {
    const young = lease('i-1', { acquiredAt: NOW - 600_000 });
    const old = lease('i-2', { acquiredAt: NOW - 600_001 });
    expect(unconfirmed([], [young, old], { found: [], nowMs: NOW })).toEqual(['i-1']);
  });
});
