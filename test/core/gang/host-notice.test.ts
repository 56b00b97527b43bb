import { describe, expect, it } from 'vitest';
import { type HostEvent, noticeOf } from '#core/fleet/host-event.ts';
import { onHostNotice } from '#core/gang/host-notice.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control } from '#core/gang/records.ts';

const CONTROL: Control = {
  ...newGang({ runId: 'run-1', owner: 'e', hosts: 2, tasksPerHost: 2, specHash: 'x', opId: 'y' }),
  ...{ attempt: 2, phase: 'RUNNING', epoch: 7 },
};
const OP = 'op';

describe('an event of EC2', () => {
  const event = (type: string, detail: Readonly<Record<string, string>> = {}): HostEvent => ({
    'detail-type': type,
    detail: { 'instance-id': 'i-1', ...detail },
  });

  it.each(['shutting-down', 'stopping', 'stopped', 'terminated'])('is a loss if the state is %s', (state) => {
    const notice = noticeOf(event('EC2 Instance State-change Notification', { state }));
    expect(notice).toEqual({ instanceId: 'i-1', kind: 'gone', detail: state });
  });

  it.each(['pending', 'running'])('is nothing if the state is %s', (state) => {
    expect(noticeOf(event('EC2 Instance State-change Notification', { state }))).toBeUndefined();
  });

  it('is a notice if spot takes the host away, and nothing if that is only likely', () => {
    expect(noticeOf(event('EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' }))).toMatchObject(
      {
        kind: 'spot',
      },
    );
    expect(noticeOf(event('EC2 Instance Rebalance Recommendation'))).toBeUndefined();
  });
});

describe('a gang', () => {
  it('stops when one of its hosts is gone', () => {
    const write = onHostNotice(CONTROL, { instanceId: 'i-1', kind: 'gone', detail: 'terminated' }, OP);
    expect(write).toMatchObject({
      where: { attempt: 2, phaseIn: expect.arrayContaining(['FORMING', 'RUNNING']) },
      set: { phase: 'STOPPING', cause: { kind: 'host-lost', instanceId: 'i-1' } },
    });
  });

  it('is asked to checkpoint while spot still leaves it the host', () => {
    const write = onHostNotice(CONTROL, { instanceId: 'i-1', kind: 'spot', detail: 'spot interruption' }, OP);
    expect(write?.set).toEqual({ directive: { kind: 'checkpoint', instanceId: 'i-1', reason: expect.any(String) } });
  });

  it('is not asked twice', () => {
    const asked: Control = { ...CONTROL, directive: { kind: 'checkpoint', instanceId: 'i-1', reason: 'spot' } };
    expect(onHostNotice(asked, { instanceId: 'i-2', kind: 'spot', detail: '' }, OP)).toBeUndefined();
  });

  it('has been preempted, not struck, if the host that is gone was announced', () => {
    const asked: Control = { ...CONTROL, directive: { kind: 'checkpoint', instanceId: 'i-1', reason: 'spot' } };
    const causeOf = (instanceId: string) =>
      onHostNotice(asked, { instanceId, kind: 'gone', detail: 'terminated' }, OP)?.set.cause?.kind;
    expect(causeOf('i-1')).toBe('preempted');
    expect(causeOf('i-2')).toBe('host-lost');
  });

  it('stops at once at a spot notice if nothing runs yet that could checkpoint', () => {
    const forming: Control = { ...CONTROL, phase: 'FORMING' };
    const write = onHostNotice(forming, { instanceId: 'i-1', kind: 'spot', detail: 'spot interruption' }, OP);
    expect(write?.set).toMatchObject({ phase: 'STOPPING', cause: { kind: 'preempted', instanceId: 'i-1' } });
  });
});
