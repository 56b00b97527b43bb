import { expect, it } from 'vitest';
import type { MemberStore } from '#core/gang/ports.ts';
import type { Member } from '#core/gang/records.ts';

let count = 0;

/** A member of a run that no other test uses, unless `change` names one. */
function newMember(change: Partial<Member> = {}): Member {
  return {
    ...{ runId: `run-${process.pid}-m${count++}`, attempt: 0, instanceId: 'i-1', bootId: 'b1', nonce: 'n1', seq: 1 },
    ...{ state: 'READY', address: '127.0.0.1', port: 7000, masterPort: 7001, accelerators: ['0', '1'], exits: {} },
    ...change,
  };
}

/** What every MemberStore must do. */
export function membersContract(store: () => MemberStore): void {
  it('lists the members of one attempt, field for field', async () => {
    const member = newMember({ exits: { 1: { code: 1, signal: null, message: 'boom', stopped: false } } });
    await store().put(member);
    await store().put({ ...member, instanceId: 'i-2' });
    await store().put({ ...member, attempt: 1, instanceId: 'i-3' });
    expect(await store().list(member.runId, 0)).toEqual([member, { ...member, instanceId: 'i-2' }]);
    expect(await store().list('no-such-run', 0)).toEqual([]);
  });

  it('does not take attempt 1 for attempt 10', async () => {
    const member = newMember({ attempt: 10 });
    await store().put(member);
    await store().beat(member.runId, 10, 'i-1');
    expect(await store().list(member.runId, 1)).toEqual([]);
    expect(await store().beats(member.runId, 1)).toEqual(new Map());
  });

  it('keeps the record of the agent that came first, and refuses another boot or agent of the host', async () => {
    const member = newMember();
    expect(await store().put(member)).toEqual(member);
    expect(await store().put({ ...member, seq: 2, bootId: 'b2' })).toBeUndefined();
    expect(await store().put({ ...member, seq: 2, nonce: 'n2' })).toBeUndefined();
    expect(await store().list(member.runId, 0)).toEqual([member]);
  });

  it('goes forwards only: a version that comes late or again changes nothing, and its writer is told what is there', async () => {
    const member = newMember();
    const later: Member = { ...member, seq: 3, state: 'EXITED' };
    await store().put(member);
    expect(await store().put(later)).toEqual(later);
    expect(await store().put({ ...member, seq: 2, state: 'STARTED' })).toEqual(later);
    expect(await store().put({ ...later, state: 'CLEAN' })).toEqual(later);
    expect(await store().list(member.runId, 0)).toEqual([later]);
  });

  it('counts heartbeats apart for each host and attempt', async () => {
    const { runId } = newMember();
    await store().beat(runId, 0, 'i-1');
    await store().beat(runId, 0, 'i-1');
    await store().beat(runId, 0, 'i-2');
    await store().beat(runId, 1, 'i-1');
    const counted = new Map([
      ['i-1', 2],
      ['i-2', 1],
    ]);
    expect(await store().beats(runId, 0)).toEqual(counted);
    expect(await store().beats(runId, 1)).toEqual(new Map([['i-1', 1]]));
  });

  it('lists a gang that is larger than one page', async () => {
    const member = newMember({ accelerators: Array.from({ length: 1500 }, (_, n) => `GPU-${n}-${'x'.repeat(40)}`) });
    await Promise.all(Array.from({ length: 20 }, (_, n) => store().put({ ...member, instanceId: `i-${n + 10}` })));
    expect((await store().list(member.runId, 0)).map((one) => one.instanceId)).toEqual(
      Array.from({ length: 20 }, (_, n) => `i-${n + 10}`),
    );
  });
}
