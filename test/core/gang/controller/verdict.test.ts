import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verdict } from '#core/gang/controller/verdict.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Cause, Control, Member, TaskExit } from '#core/gang/records.ts';

const control = (cause?: Cause): Control => ({
  ...newGang({ runId: 'r', owner: 'e', hosts: 2, tasksPerHost: 2, specHash: '', opId: '' }),
  phase: 'DRAINED',
  ...(cause === undefined ? {} : { cause }),
});

const member = (instanceId: string, exits: Record<number, TaskExit>, state: Member['state'] = 'CLEAN'): Member => ({
  ...{ runId: 'r', attempt: 0, instanceId, bootId: 'b', nonce: 'n', seq: 1, address: '', port: 0, masterPort: 0 },
  ...{ accelerators: [], state, exits },
});

const exit = (code: number | null, message?: string, signal: string | null = null): TaskExit => ({
  ...{ code, signal, stopped: false },
  ...(message === undefined ? {} : { message }),
});
const stopped: TaskExit = { code: null, signal: 'SIGTERM', stopped: true };
const failed = (rank: number, how: TaskExit): Cause => ({ kind: 'task-failed', rank, exit: how });
const nobody: ReadonlySet<string> = new Set();

describe('the verdict', () => {
  it('names the error of its own over the peer that lost the connection, whichever was reported first', () => {
    const members = [
      member('a', { 0: exit(1, 'NCCL error: remote process exited'), 1: exit(1, 'Connection reset by peer') }),
      member('b', { 2: exit(1, 'IndexError: list index out of range'), 3: stopped }),
    ];
    const judged = verdict(control(failed(0, exit(1, 'NCCL error: remote process exited'))), members, nobody);
    expect(judged).toEqual({
      ...{ budget: 'user', code: 'LS_TASK_FAILED', badHosts: [], rank: 2 },
      message: 'rank 2 on b exited with code 1: IndexError: list index out of range',
    });
  });

  it('takes a crash for stronger evidence than a broken connection, and a plain exit in between', () => {
    const judge = (exits: Record<number, TaskExit>) =>
      verdict(control(failed(0, exits[0] as TaskExit)), [member('a', exits)], nobody).message;
    expect(judge({ 0: exit(1, 'Error: write EPIPE'), 1: exit(null, undefined, 'SIGSEGV') })).toBe(
      'rank 1 on a was ended by SIGSEGV',
    );
    expect(judge({ 0: exit(1, 'Error: write EPIPE'), 1: exit(7) })).toBe('rank 1 on a exited with code 7');
    expect(judge({ 0: exit(7), 1: exit(null, undefined, 'SIGKILL') })).toBe('rank 1 on a was ended by SIGKILL');
  });

  it('names rank 0 where a stranger had its port, and nobody is to blame: its peers only waited for it', () => {
    const torch = exit(1, 'DistNetworkError: The server socket has failed to listen. port: 1, name: EADDRINUSE');
    const exits = { 0: { ...torch, portTaken: true }, 1: exit(1, 'TimeoutError: nobody came') };
    const judged = verdict(control(failed(1, exits[1])), [member('a', exits)], nobody);
    expect(judged).toMatchObject({ rank: 0, badHosts: [], isNobodysFault: true });
    expect(verdict(control(failed(1, exits[1])), [member('a', { 0: torch, 1: exits[1] })], nobody)).toMatchObject({
      rank: 1,
    });
  });

  it('follows what the job says of an exit code or a signal, and lets the host go for what is none of the program', () => {
    const judge = (how: TaskExit) => {
      const policy = { 3: 'fail', 75: 'infrastructure', SIGBUS: 'infrastructure' } as const;
      const { budget, badHosts } = verdict(control(failed(1, how)), [member('a', { 1: how })], nobody, policy);
      return { budget, badHosts };
    };
    expect(judge(exit(3, 'ValueError'))).toEqual({ budget: undefined, badHosts: [] });
    expect(judge(exit(75))).toEqual({ budget: 'infrastructure', badHosts: ['a'] });
    expect(judge(exit(null, undefined, 'SIGBUS'))).toEqual({ budget: 'infrastructure', badHosts: ['a'] });
    expect(judge(exit(1))).toEqual({ budget: 'user', badHosts: [] });
  });

  it('follows it for the culprit alone, not for its victims', () => {
    const exits = { 0: exit(75, 'Connection reset by peer'), 1: exit(1, 'IndexError') };
    expect(verdict(control(failed(0, exits[0])), [member('a', exits)], nobody, { 75: 'infrastructure' })).toMatchObject(
      { budget: 'user', badHosts: [], rank: 1 },
    );
  });

  describe('of a gang that stood still', () => {
    const stalled = (step: number): TaskExit => ({
      ...{ code: null, signal: 'SIGABRT', stopped: false, stalled: true, step },
      message: `it made no progress for 9 s after step ${step}`,
    });

    it('names the rank that is furthest behind, not the one that was found first to wait for it', () => {
      const members = [
        member('a', { 0: stalled(7), 1: { ...stopped, step: 7 } }),
        member('b', { 2: { ...stopped, step: 6 }, 3: { ...stopped, step: 7 } }),
      ];
      const judged = verdict(control(failed(0, stalled(7))), members, nobody);
      expect(judged).toMatchObject({ budget: 'user', rank: 2, code: 'LS_TASK_FAILED' });
      expect(judged.message).toBe(
        'rank 2 on b was ended by SIGABRT: no progress since step 6, while rank 0 waits at step 7',
      );
    });

    it('names the one that stood still where all are equal, or where others have said nothing of their steps', () => {
      const members = [member('a', { 0: { ...stopped, step: 7 }, 1: stalled(7) }), member('b', { 2: stopped })];
      expect(verdict(control(failed(1, stalled(7))), members, nobody)).toMatchObject({ rank: 1 });
    });

    it('takes it for stronger than whatever its peers print when it goes', () => {
      const members = [member('a', { 0: exit(1, 'ValueError: the peer is gone'), 1: stalled(7) })];
      expect(verdict(control(failed(0, exit(1, 'ValueError'))), members, nobody)).toMatchObject({ rank: 1 });
    });

    it('looks at steps for no other failure', () => {
      const members = [member('a', { 0: exit(1, 'ValueError'), 1: { ...stopped, step: 0 } })];
      expect(verdict(control(failed(0, exit(1, 'ValueError'))), members, nobody)).toMatchObject({ rank: 0 });
    });
  });

  it('charges a lost host to the infrastructure, whatever its peers say', () => {
    const members = [member('a', { 0: exit(1, 'ValueError') }), member('b', {}, 'STARTED')];
    expect(verdict(control(failed(0, exit(1, 'ValueError'))), members, new Set(['b']))).toMatchObject({
      ...{ budget: 'infrastructure', code: 'LS_HOST_LOST', badHosts: ['b'] },
    });
  });

  it('does not take a host for lost that the controller ended for being late: the error of the user stays the cause', () => {
    const members = [member('a', { 0: exit(1, 'ValueError: no such column') }), member('b', {}, 'STARTED')];
    const late = { ...control(failed(0, exit(1, 'ValueError: no such column'))), overdue: ['b'] };
    expect(verdict(late, members, new Set(['b']))).toMatchObject({ budget: 'user', code: 'LS_TASK_FAILED', rank: 0 });
  });

  it('does not take a host that was proved clean, and then went, for lost', () => {
    const members = [member('a', { 0: exit(1, 'ValueError') }), member('b', { 1: stopped })];
    expect(verdict(control(failed(0, exit(1, 'ValueError'))), members, new Set(['b'])).budget).toBe('user');
  });

  it.each<[Cause, string | undefined, string]>([
    [{ kind: 'host-lost', instanceId: 'b', why: 'silent', evidence: 'no heartbeat' }, 'infrastructure', 'LS_HOST_LOST'],
    [
      { kind: 'host-unfit', instanceId: 'b', why: 'accelerators-missing', evidence: '1 of 2' },
      'infrastructure',
      'LS_ACCELERATORS_MISSING',
    ],
    [{ kind: 'host-unfit', instanceId: 'b', why: 'disk-full', evidence: '' }, 'infrastructure', 'LS_HOST_UNFIT'],
    [{ kind: 'host-unfit', instanceId: 'b', why: 'code-damaged', evidence: '' }, undefined, 'LS_CODE_DAMAGED'],
    [
      { kind: 'host-unfit', instanceId: 'b', why: 'environment-failed', evidence: '' },
      undefined,
      'LS_PYTHON_ENVIRONMENT',
    ],
    [{ kind: 'preempted', instanceId: 'b', notice: 'spot' }, 'preemption', 'LS_HOST_LOST'],
    [{ kind: 'not-formed', missing: ['b'] }, 'infrastructure', 'LS_GANG_NOT_FORMED'],
    [{ kind: 'barrier-timeout', epoch: 3, missing: [1] }, 'user', 'LS_BARRIER_TIMEOUT'],
    [{ kind: 'barrier-mismatch', epoch: 3, detail: 'x' }, 'user', 'LS_BARRIER_MISMATCH'],
    [{ kind: 'limit', limit: 'maxDurationS', valueS: 60 }, undefined, 'LS_LIMIT_EXCEEDED'],
    [{ kind: 'limit', limit: 'maxQueueS', valueS: 60 }, undefined, 'LS_NO_CAPACITY'],
    [{ kind: 'cancelled', by: 'me' }, undefined, 'LS_CANCELLED'],
  ])('charges %j to %s', (cause, budget, code) => {
    expect(verdict(control(cause), [member('a', { 0: stopped })], nobody)).toMatchObject({ budget, code });
  });

  it('charges a host that went after its notice to preemption, however its loss came to light', () => {
    const noticed = { ...member('b', {}, 'STARTED'), notice: 'spot: terminate' };
    const silent: Cause = { kind: 'host-lost', instanceId: 'b', why: 'silent', evidence: 'no heartbeat for 8 s' };
    const peer = member('a', { 0: exit(1, 'Error: read ECONNRESET') });
    const gone = new Set(['b']);
    expect(verdict(control(silent), [peer, noticed], gone).budget).toBe('preemption');
    expect(verdict(control(failed(0, exit(1, 'Error: read ECONNRESET'))), [peer, noticed], gone)).toMatchObject({
      ...{ budget: 'preemption', badHosts: ['b'] },
    });
    // Another that went with it had no notice: that is a fault.
    const other = member('c', {}, 'STARTED');
    const two = verdict(control(failed(0, exit(1, 'Error: write EPIPE'))), [peer, noticed, other], new Set(['b', 'c']));
    expect(two).toMatchObject({ budget: 'infrastructure', badHosts: ['b', 'c'] });
  });

  it('is a function of the set of records, not of their order', () => {
    const how = fc.oneof(
      fc.constant(stopped),
      fc.record({ code: fc.constantFrom(0, 1, 137), signal: fc.constant(null), stopped: fc.constant(false) }),
      fc.constantFrom(exit(1, 'Error: read ECONNRESET'), exit(1, 'ValueError'), exit(null, undefined, 'SIGKILL')),
    );
    const members = fc
      .array(fc.tuple(how, how), { minLength: 2, maxLength: 8 })
      .map((hosts) => hosts.map(([one, two], n) => member(`i-${n}`, { [2 * n]: one, [2 * n + 1]: two })));
    fc.assert(
      fc.property(members, fc.infiniteStream(fc.nat()), (list, keys) => {
        const shuffled = list
          .map((one) => ({ one, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        const cause = failed(0, exit(1, 'Error: read ECONNRESET'));
        expect(verdict(control(cause), shuffled, nobody)).toEqual(verdict(control(cause), list, nobody));
      }),
    );
  });
});

describe('the culprit', () => {
  const judge = (exits: Record<number, TaskExit>, cause?: Cause) =>
    verdict(control(cause ?? failed(0, exit(1))), [member('a', exits)], nobody).rank;

  it('is no task that ended well, or was stopped, however weak the evidence against others', () => {
    expect(judge({ 0: exit(0), 1: exit(1, 'Error: write EPIPE') }, failed(1, exit(1, 'Error: write EPIPE')))).toBe(1);
    expect(judge({ 0: stopped, 1: exit(1, 'Error: write EPIPE') }, failed(1, exit(1, 'Error: write EPIPE')))).toBe(1);
  });

  it('is the lowest rank of those against whom there is the same', () => {
    expect(judge({ 3: exit(7), 2: exit(7), 1: exit(1, 'Error: write EPIPE') }, failed(3, exit(7)))).toBe(2);
  });

  it('is whoever was reported, where no record says so', () => {
    expect(judge({}, failed(3, exit(1, 'ValueError')))).toBe(3);
  });

  it('is a task, where every host lives, clean or not', () => {
    const members = [member('a', { 0: exit(1, 'ValueError') }), member('b', {}, 'STARTED')];
    const judged = verdict(control(failed(0, exit(1, 'ValueError'))), members, nobody);
    expect(judged).toMatchObject({ budget: 'user', rank: 0, badHosts: [] });
  });
});
