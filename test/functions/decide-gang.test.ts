import { describe, expect, it } from 'vitest';
import type { Fleet } from '#core/fleet/ports.ts';
import type { Host } from '#core/fleet/records.ts';
import type { Cause } from '#core/gang/records.ts';
import type { TrainingState } from '#core/training/state.ts';
import { decideGang } from '../../functions/decide-gang.ts';
import { decideState, gangWorld, runState, START_S } from './gang-world.ts';
import { failureIn } from './hosts-world.ts';

const FAILED: Cause = {
  kind: 'task-failed',
  rank: 0,
  exit: { code: 1, signal: null, message: 'boom', stopped: false },
};
const stopping = { phase: 'STOPPING', cause: FAILED } as const;

describe('decide-gang', () => {
  it('raises the attempt and keeps the hosts when all are clean', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', stopping);
    const ids = await hosts('a', ['CLEAN', 'CLEAN']);
    expect(await decideGang(decideState('a'), ports)).toMatchObject({
      next: 'acquire',
      attempt: 1,
      candidate: 0,
      round: 0,
    });
    expect(await read('a')).toMatchObject({ phase: 'ACQUIRING', attempt: 1, epoch: 0, charged: { user: 1 } });
    expect((await ports.leases.leases('a')).map((lease) => [lease.instanceId, lease.attempt])).toEqual(
      ids.map((id) => [id, 1]),
    );
    // Called again after a lost reply it changes nothing.
    expect(await decideGang(decideState('a'), ports)).toMatchObject({ next: 'acquire', attempt: 1 });
    expect(await read('a')).toMatchObject({ attempt: 1, charged: { user: 1 } });
  });

  it('leaves in the journal how each attempt ended, also the last', async () => {
    const { ports, gang, hosts } = await gangWorld();
    await gang('a', stopping);
    const [, silent = ''] = await hosts('a', ['CLEAN', 'STARTED']);
    await decideGang(decideState('a'), ports);
    const lost = { code: 'LS_HOST_LOST', message: `host ${silent} was lost`, budget: 'infrastructure' };
    const first = { attempt: 0, cause: FAILED, ...lost, isRestarted: true, replaced: [silent] };
    expect(await ports.control.endings('a')).toEqual([{ ...first, endedAt: expect.any(Number), epoch: 0 }]);

    for (const attempt of [1, 2]) {
      const where = { attempt, phaseIn: ['ACQUIRING'] } as const;
      await ports.control.write({ runId: 'a', where, set: stopping, clear: [], opId: `stop-${attempt}` });
      await decideGang(decideState('a'), ports);
    }
    const failed = { code: 'LS_TASK_FAILED', message: 'rank 0 exited with code 1: boom', rank: 0, budget: 'user' };
    expect((await ports.control.endings('a')).slice(1)).toMatchObject([
      { attempt: 1, ...failed, isRestarted: true },
      { attempt: 2, ...failed, isRestarted: false, replaced: [] },
    ]);
  });

  it('comes back while a host that lives still stops its tasks, and remembers since when', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', stopping);
    const [, slow = ''] = await hosts('a', ['CLEAN', 'STARTED']);
    const beating = { ...ports.members, beats: async () => new Map([[slow, ports.clock.monotonicMs()]]) };
    const state = await decideGang(decideState('a'), { ...ports, members: beating });
    expect(state).toMatchObject({ next: 'decide', waitS: 1, stoppingSince: START_S });
    expect((await read('a'))?.phase).toBe('STOPPING');
    expect(await ports.fleet.remaining([slow])).toEqual([slow]);
  });

  it('ends a host that lives but does not become clean in time', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', stopping);
    const [good = '', slow = ''] = await hosts('a', ['CLEAN', 'STARTED']);
    const beating = { ...ports.members, beats: async () => new Map([[slow, ports.clock.monotonicMs()]]) };
    const late = { ...decideState('a'), stoppingSince: START_S - 41 };
    expect(await decideGang(late, { ...ports, members: beating })).toMatchObject({ next: 'acquire', attempt: 1 });
    expect(await ports.fleet.remaining([good, slow])).toEqual([good]);
    expect(await read('a')).toMatchObject({ charged: { user: 1, infrastructure: 0 } });
  });

  it('tells what the provider says of the host at fault', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    const [, dead = ''] = await hosts('a', ['CLEAN', undefined]);
    const cause: Cause = { kind: 'host-lost', instanceId: dead, why: 'gone', evidence: 'terminated' };
    await gang('a', { phase: 'STOPPING', cause, charged: { user: 0, infrastructure: 1, preemption: 0 } });
    ports.fleet.lose(dead);
    const { fleet } = ports;
    const reason = 'Client.InternalError: Client error on launch';
    const find: Fleet['find'] = async (ids) =>
      (await fleet.find(ids)).map((host) => (host.instanceId === dead ? { ...host, reason } : host));
    const lost = await decideGang(decideState('a'), { ...ports, fleet: { ...fleet, find } });
    expect(failureIn(lost)?.message).toContain(`of ${dead} the provider says: ${reason}`);
    expect((await read('a'))?.phase).toBe('FAILED');
    expect((await ports.control.endings('a'))[0]?.message).toContain(reason);
  });

  it('tells a host once to end, and asks for it ever more rarely while it takes minutes to go', async () => {
    const { ports, gang, hosts } = await gangWorld();
    await gang('a', stopping);
    await hosts('a', ['CLEAN', 'STARTED']);
    const { fleet, clock } = ports;
    const [startedMs, asked, told] = [clock.monotonicMs(), [] as number[], [] as string[]];
    const goesLate: Fleet = {
      ...fleet,
      async find(ids) {
        asked.push(clock.monotonicMs() - startedMs);
        if (clock.monotonicMs() - startedMs > 180_000) await fleet.terminate(told);
        const found = await fleet.find(ids);
        return found.map((host) => (told.includes(host.instanceId) ? { ...host, state: endOf(host) } : host));
      },
      terminate: async (ids) => void told.push(...ids),
    };
    const endOf = ({ state }: Host) => (state === 'terminated' ? state : 'shutting-down');
    let state: TrainingState = decideState('a');
    for (let calls = 0; calls < 30 && state.next === 'decide'; calls++) {
      state = await decideGang(state, { ...ports, fleet: goesLate });
      if ('waitS' in state) await clock.sleep(state.waitS * 1000);
    }
    expect(state).toMatchObject({ next: 'acquire', attempt: 1 });
    expect(told).toHaveLength(1);
    expect(asked.length).toBeLessThan(60);
    expect(asked.filter((atMs) => atMs < 2_000).length).toBeGreaterThan(4);
    expect(asked.at(-1)).toBeLessThan(205_000);
  });

  it('ends a silent host, charges the infrastructure, and keeps the other', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', stopping);
    const [good = '', silent = ''] = await hosts('a', ['CLEAN', 'STARTED']);
    expect(await decideGang(decideState('a'), ports)).toMatchObject({ next: 'acquire', attempt: 1 });
    expect(await ports.fleet.remaining([good, silent])).toEqual([good]);
    expect(await read('a')).toMatchObject({ charged: { infrastructure: 1, user: 0 } });
    expect(await ports.leases.leaseOf('a', silent)).toBeUndefined();
    expect(await ports.leases.leaseOf('a', good)).toMatchObject({ attempt: 1 });
  });

  it('replaces the host that is not fit, and keeps the one that still boots', async () => {
    const { ports, gang, hosts } = await gangWorld();
    const why = 'accelerators-missing';
    const [unfit = '', booting = ''] = await hosts('a', ['CLEAN', undefined]);
    await gang('a', { phase: 'STOPPING', cause: { kind: 'host-unfit', instanceId: unfit, why, evidence: 'found 1' } });
    expect(await decideGang(decideState('a'), ports)).toMatchObject({ next: 'acquire', attempt: 1 });
    expect(await ports.fleet.remaining([unfit, booting])).toEqual([booting]);
    expect(await ports.leases.leaseOf('a', booting)).toMatchObject({ attempt: 1 });
  });

  it('fails the run when the budget is used up, and names rank and message', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', { ...stopping, attempt: 0, charged: { user: 1, infrastructure: 0, preemption: 0 } });
    await hosts('a', ['CLEAN', 'CLEAN']);
    const lost = await decideGang(decideState('a'), ports);
    expect(lost).toMatchObject({ next: 'release', failure: { code: 'LS_TASK_FAILED' } });
    expect(failureIn(lost)?.message).toBe(
      'attempt 0: rank 0 exited with code 1: boom (log: logs/0/0.log; restarts for user failures: 1 of 1 used)',
    );
    expect((await read('a'))?.phase).toBe('FAILED');
    expect(await decideGang(decideState('a'), ports)).toEqual(lost);
  });

  it('cancels what was cancelled', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', { phase: 'STOPPING', cause: { kind: 'cancelled', by: 'me' } });
    await hosts('a', ['CLEAN', 'CLEAN']);
    const failure = { code: 'LS_CANCELLED', message: 'cancelled by me' };
    expect(await decideGang(decideState('a'), ports)).toMatchObject({ next: 'release', failure });
    expect((await read('a'))?.phase).toBe('CANCELLED');
  });

  it('writes down whom it ends for being late, so that the error of the user stays the verdict', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', stopping);
    const [, late = ''] = await hosts('a', ['CLEAN', 'STARTED']);
    // It beats all the time, but its tasks do not go.
    const beating = { ...ports.members, beats: async () => new Map([[late, ports.clock.monotonicMs()]]) };
    const slow = { ...ports, members: beating };
    let state = await decideGang(decideState('a'), slow);
    await ports.clock.sleep(41_000);
    for (let calls = 0; state.next === 'decide' && calls < 20; calls++) state = await decideGang(state, slow);
    expect(state).toMatchObject({ next: 'acquire' });
    expect(await read('a')).toMatchObject({ attempt: 1, charged: { user: 1, infrastructure: 0 } });
    expect((await read('a'))?.overdue).toBeUndefined();
    expect(await ports.control.endings('a')).toMatchObject([{ code: 'LS_TASK_FAILED', replaced: [late] }]);
  });

  it('takes a host for gone that EC2 has forgotten, and waits for one that it does not know yet', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', stopping);
    const [, silent = ''] = await hosts('a', ['CLEAN', 'STARTED']);
    const { fleet, leases } = ports;
    const find: typeof fleet.find = async (ids) => (await fleet.find(ids)).filter((one) => one.instanceId !== silent);
    const forgetful = { ...ports, fleet: { ...fleet, find, terminate: async () => undefined } };
    const [lease] = (await leases.leases('a')).filter(({ instanceId }) => instanceId === silent);
    if (lease === undefined) throw new Error('there is no lease');
    await leases.grant([{ ...lease, acquiredAt: START_S * 1000 }]);
    expect(await decideGang(decideState('a'), forgetful)).toMatchObject({ next: 'decide' });
    await ports.clock.sleep(600_000);
    expect(await decideGang(decideState('a'), forgetful)).toMatchObject({ next: 'acquire', attempt: 1 });
    expect(await read('a')).toMatchObject({ phase: 'ACQUIRING', charged: { infrastructure: 1 } });
  });

  it('decides anew where a lease of a host that it wanted to keep was ended meanwhile', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', stopping);
    const [, ended = ''] = await hosts('a', ['CLEAN', 'CLEAN']);
    const grant: typeof ports.leases.grant = async (leases) => {
      await ports.leases.release('a', [ended], { atMs: 1 });
      await ports.leases.grant(leases);
    };
    const racing = { ...ports, leases: { ...ports.leases, grant } };
    expect(await decideGang(decideState('a'), racing)).toMatchObject({ next: 'acquire', attempt: 1 });
    expect(await read('a')).toMatchObject({ attempt: 1, charged: { user: 1 } });
    expect((await ports.leases.leases('a')).map(({ releasedAt }) => releasedAt)).toEqual([undefined, 1]);
  });

  it.each(['ACQUIRING', 'FORMING', 'STARTING', 'RUNNING'] as const)(
    'stops a gang in %s whose time is up, to the second and not before',
    async (phase) => {
      const { ports, gang, hosts, read } = await gangWorld();
      await gang('a', { phase });
      await hosts('a', ['CLEAN', 'CLEAN']);
      await ports.clock.sleep(3_597_400);
      const early = await decideGang({ ...runState('a'), heartbeatS: 1 }, ports);
      if (phase === 'ACQUIRING') expect(early).toMatchObject({ next: 'acquire' });
      else expect(early).toMatchObject({ next: 'run', timeoutS: 2, heartbeatS: 1 });
      expect((await read('a'))?.phase).toBe(phase);
      await ports.clock.sleep(phase === 'ACQUIRING' ? 2_600 : 700);
      // What is less than the workflow can count is waited for, to the millisecond.
      const over = await decideGang({ ...runState('a'), heartbeatS: 1 }, ports);
      expect(ports.clock.monotonicMs()).toBe(3_600_000);
      expect(failureIn(over)).toEqual({
        code: 'LS_LIMIT_EXCEEDED',
        message: 'the run reached limits.maxDurationS (3600 s)',
      });
      expect(await read('a')).toMatchObject({ phase: 'FAILED', charged: { user: 0, infrastructure: 0 } });
    },
  );

  it('stops no gang for its time that has ended for another reason', async () => {
    const { ports, gang, hosts } = await gangWorld();
    await gang('a', { phase: 'SUCCEEDED' });
    await gang('b', stopping);
    await hosts('b', ['CLEAN', 'CLEAN']);
    await ports.clock.sleep(3_700_000);
    expect(await decideGang(decideState('a'), ports)).toMatchObject({ next: 'publish' });
    // The attempt is judged by its own cause; the next one has no time left.
    expect(failureIn(await decideGang(decideState('b'), ports))?.code).toBe('LS_LIMIT_EXCEEDED');
    expect(await ports.control.endings('b')).toMatchObject([
      { attempt: 0, code: 'LS_TASK_FAILED' },
      { attempt: 1, code: 'LS_LIMIT_EXCEEDED' },
    ]);
  });

  it('stops a gang whose Run state nobody has kept alive, and begins again', async () => {
    const { ports, gang, hosts, read } = await gangWorld();
    await gang('a', { phase: 'RUNNING' });
    await hosts('a', ['STARTED', 'STARTED']);
    expect(await decideGang(runState('a'), ports)).toMatchObject({ next: 'acquire', attempt: 1 });
    expect(await read('a')).toMatchObject({ attempt: 1, charged: { infrastructure: 1 } });
    expect(await ports.control.endings('a')).toMatchObject([{ cause: { kind: 'host-lost', why: 'silent' } }]);
    // A Run state of the attempt before says nothing about this one.
    const next = await decideGang({ ...runState('a'), attempt: 0 }, ports);
    expect(next).toMatchObject({ next: 'acquire', attempt: 1 });
  });

  it('watches a host for six seconds before it ends it for being silent', async () => {
    const { ports, gang, hosts } = await gangWorld();
    await gang('a', stopping);
    await hosts('a', ['CLEAN', 'STARTED']);
    let endedAtMs = 0;
    const terminate: typeof ports.fleet.terminate = async (ids) => {
      endedAtMs = ports.clock.monotonicMs();
      await ports.fleet.terminate(ids);
    };
    await decideGang(decideState('a'), { ...ports, fleet: { ...ports.fleet, terminate } });
    expect(endedAtMs).toBe(6_000);
  });

  it("decides about nobody else's gang", async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { ...stopping, owner: 'arn:another' });
    await expect(decideGang(decideState('a'), ports)).rejects.toMatchObject({ code: 'LS_RUN_EXISTS' });
  });

  it('publishes what succeeded', async () => {
    const { ports, gang } = await gangWorld();
    await gang('a', { phase: 'SUCCEEDED' });
    expect(await decideGang(decideState('a'), ports)).toMatchObject({ next: 'publish', attempt: 0 });
  });

  it('releases what no longer exists, with a reason', async () => {
    const { ports } = await gangWorld();
    expect(await decideGang(decideState('gone'), ports)).toMatchObject({
      ...{ next: 'release', failure: { code: 'LS_RUN_NOT_FOUND' } },
    });
  });
});

describe('a host that one call of decide-gang found silent, and that is back before it ended it,', () => {
  /** The first call is held up before it ends the lease of the host, or after; the second then finds the host clean. */
  async function heldUp(moment: 'before' | 'after') {
    const world = await gangWorld();
    const { ports, gang, hosts, member } = world;
    await gang('a', stopping);
    const ids = await hosts('a', ['CLEAN', 'STARTED']);
    const [held, resume] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const release: typeof ports.leases.release = async (...of) => {
      const ended = moment === 'after' ? await ports.leases.release(...of) : undefined;
      held.resolve();
      await resume.promise;
      return ended ?? (await ports.leases.release(...of));
    };
    const first = decideGang(decideState('a'), { ...ports, leases: { ...ports.leases, release } });
    await held.promise;
    await member('a', ids[1] ?? '', 'CLEAN', { seq: 2 });
    return { ...world, ids, finish: () => [resume.resolve(), first] as const };
  }

  it('is left alone if the next attempt has kept it', async () => {
    const { ports, ids, read, finish } = await heldUp('before');
    expect(await decideGang(decideState('a'), ports)).toMatchObject({ next: 'acquire', attempt: 1 });
    await finish()[1];
    expect(await ports.fleet.remaining(ids)).toEqual(ids);
    expect((await ports.leases.leases('a')).map(({ attempt, releasedAt }) => [attempt, releasedAt])).toEqual([
      [1, undefined],
      [1, undefined],
    ]);
    expect(await read('a')).toMatchObject({ attempt: 1, charged: { user: 1, infrastructure: 0 } });
  });

  it('is not kept if its lease has been ended already, because it is about to go', async () => {
    const { ports, ids, read, finish } = await heldUp('after');
    expect(await decideGang(decideState('a'), ports)).toMatchObject({ next: 'acquire', attempt: 1 });
    expect((await ports.leases.leaseOf('a', ids[0] ?? ''))?.attempt).toBe(1);
    expect(await ports.leases.leaseOf('a', ids[1] ?? '')).toBeUndefined();
    await finish()[1];
    expect(await ports.fleet.remaining(ids)).toEqual([ids[0]]);
    expect(await read('a')).toMatchObject({ attempt: 1 });
  });
});
