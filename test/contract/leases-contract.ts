/** What every LeaseStore and CooldownStore promises. Run against the twins in memory and against DynamoDB's adapters. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CooldownStore, LeaseStore } from '#core/fleet/ports.ts';
import type { Lease } from '#core/fleet/records.ts';

export interface LeasesUnderTest {
  readonly leases: LeaseStore;
  readonly cooldowns: CooldownStore;
  stop(): Promise<void>;
}

let runs = 0;
const newRun = () => `run-${++runs}`;

const lease = (runId: string, instanceId: string, changes: Partial<Lease> = {}): Lease => ({
  runId,
  attempt: 0,
  instanceId,
  instanceType: 'g7e.12xlarge',
  zone: 'us-east-1a',
  market: 'spot',
  acquiredAt: 1_700_000_000_000,
  ...changes,
});

export function leasesContract(name: string, start: () => Promise<LeasesUnderTest>): void {
  describe(`leases and cool-downs in ${name}`, () => {
    let under: LeasesUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.stop());

    it('grants leases and gives them back as they were', async () => {
      const runId = newRun();
      const granted = [lease(runId, 'i-1'), lease(runId, 'i-2')];
      await under.leases.grant(granted);
      expect(await under.leases.leases(runId)).toEqual(granted);
      expect(await under.leases.leaseOf(runId, 'i-2')).toEqual(granted[1]);
    });

    it('grants a gang of 250 hosts', async () => {
      const runId = newRun();
      await under.leases.grant(Array.from({ length: 250 }, (_, i) => lease(runId, `i-${i}`)));
      expect(await under.leases.leases(runId)).toHaveLength(250);
    });

    it('knows no lease of another run or another host', async () => {
      const runId = newRun();
      await under.leases.grant([lease(runId, 'i-1')]);
      expect(await under.leases.leaseOf(newRun(), 'i-1')).toBeUndefined();
      expect(await under.leases.leaseOf(runId, 'i-10')).toBeUndefined();
    });

    it('knows to which run an instance was leased, also once the lease is over, and no instance of others', async () => {
      const [runId, instanceId] = [newRun(), `i-of-${runs}`];
      await under.leases.grant([lease(runId, instanceId)]);
      expect(await under.leases.runOf(instanceId)).toBe(runId);
      await under.leases.release(runId, [instanceId], { atMs: 5 });
      expect(await under.leases.runOf(instanceId)).toBe(runId);
      expect(await under.leases.runOf(`${instanceId}0`)).toBeUndefined();
    });

    it('keeps intents apart from leases', async () => {
      const runId = newRun();
      await under.leases.intend(runId, 0, 1, 'ls-token');
      await under.leases.intend(runId, 0, 1, 'ls-token');
      expect(await under.leases.leases(runId)).toEqual([]);
    });

    it('takes a host over into the next attempt', async () => {
      const runId = newRun();
      await under.leases.grant([lease(runId, 'i-1')]);
      await under.leases.grant([lease(runId, 'i-1', { attempt: 1 })]);
      expect(await under.leases.leaseOf(runId, 'i-1')).toMatchObject({ attempt: 1 });
    });

    it('extends the leases of hosts that go on, more than one request takes as well, and changes nothing else of them', async () => {
      const runId = newRun();
      const granted = Array.from({ length: 150 }, (_, i) => lease(runId, `i-${100 + i}`));
      await under.leases.grant(granted);
      const ids = granted.map(({ instanceId }) => instanceId);
      expect(await under.leases.extend(runId, ids, 1)).toBe(true);
      expect(await under.leases.extend(runId, ids, 1)).toBe(true);
      expect(await under.leases.leases(runId)).toEqual(granted.map((one) => ({ ...one, attempt: 1 })));
    });

    it('extends no lease where one of them is over, was never, or is of a later attempt', async () => {
      const runId = newRun();
      const granted = [lease(runId, 'i-0'), lease(runId, 'i-1', { attempt: 2 }), lease(runId, 'i-2')];
      await under.leases.grant(granted);
      await under.leases.release(runId, ['i-2'], { atMs: 5 });
      for (const other of ['i-1', 'i-2', 'i-9']) {
        expect(await under.leases.extend(runId, ['i-0', other], 1)).toBe(false);
      }
      expect((await under.leases.leases(runId)).map(({ attempt }) => attempt)).toEqual([0, 2, 0]);
    });

    it('grants nothing at all to an attempt that is over', async () => {
      const runId = newRun();
      await under.leases.grant([lease(runId, 'i-2', { attempt: 1 })]);
      const late = under.leases.grant([lease(runId, 'i-1'), lease(runId, 'i-2')]);
      await expect(late).rejects.toMatchObject({ code: 'LS_STALE_ATTEMPT' });
      expect(await under.leases.leases(runId)).toEqual([lease(runId, 'i-2', { attempt: 1 })]);
    });

    it('ends leases, keeps them for the ledger, and never lets them live again', async () => {
      const runId = newRun();
      await under.leases.grant([lease(runId, 'i-1')]);
      await under.leases.release(runId, ['i-1'], { atMs: 1_700_000_005_000 });
      expect(await under.leases.leaseOf(runId, 'i-1')).toBeUndefined();
      expect(await under.leases.leases(runId)).toEqual([lease(runId, 'i-1', { releasedAt: 1_700_000_005_000 })]);
      await expect(under.leases.grant([lease(runId, 'i-1')])).rejects.toMatchObject({ code: 'LS_STALE_ATTEMPT' });
    });

    it('keeps the first release of a lease, and ignores that of a lease that never was', async () => {
      const runId = newRun();
      await under.leases.grant([lease(runId, 'i-1')]);
      await under.leases.release(runId, ['i-1', 'i-9'], { atMs: 1_700_000_005_000 });
      await under.leases.release(runId, ['i-1'], { atMs: 1_700_000_009_000 });
      expect(await under.leases.leases(runId)).toEqual([lease(runId, 'i-1', { releasedAt: 1_700_000_005_000 })]);
    });

    it('ends no lease of a later attempt than that of whoever ends it, and says which hosts have none now', async () => {
      const runId = newRun();
      await under.leases.grant([
        lease(runId, 'i-0'),
        lease(runId, 'i-1', { attempt: 1 }),
        lease(runId, 'i-2', { attempt: 2 }),
      ]);
      const ids = ['i-0', 'i-1', 'i-2', 'i-9'];
      expect(await under.leases.release(runId, ids, { atMs: 5, attempt: 1 })).toEqual(['i-0', 'i-1', 'i-9']);
      expect(await under.leases.release(runId, ids, { atMs: 6, attempt: 0 })).toEqual(['i-0', 'i-1', 'i-9']);
      expect((await under.leases.leases(runId)).map(({ releasedAt }) => releasedAt)).toEqual([5, 5, undefined]);
      expect(await under.leases.release(runId, ids, { atMs: 7 })).toEqual(ids);
      expect((await under.leases.leases(runId)).map(({ releasedAt }) => releasedAt)).toEqual([5, 5, 7]);
    });

    it('remembers cool-downs by pool, the newest one', async () => {
      const [a, b] = [`a/${newRun()}`, `b/${newRun()}`];
      await under.cooldowns.save(a, { untilMs: 1_700_000_060_000, lengthS: 60 });
      await under.cooldowns.save(a, { untilMs: 1_700_000_180_000, lengthS: 120 });
      expect(await under.cooldowns.read([a, b])).toEqual(new Map([[a, { untilMs: 1_700_000_180_000, lengthS: 120 }]]));
    });
  });
}
