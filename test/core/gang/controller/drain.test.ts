import { describe, expect, it } from 'vitest';
import { drain, toCondemn, toTerminate, undrained } from '#core/gang/controller/drain.ts';
import { control, member } from '../subject.ts';

const cause = { kind: 'host-lost', instanceId: 'named', why: 'silent', evidence: '' } as const;
const stopping = control({ phase: 'STOPPING', cause });
const members = ['clean', 'gone', 'silent', 'named', 'slow'].map((instanceId) =>
  member(instanceId, { state: instanceId === 'clean' ? 'CLEAN' : 'STARTED' }),
);
const hosts = { gone: new Set(['gone']), silent: new Set(['silent', 'clean']) };

describe('an attempt that is drained', () => {
  it('has no host that is neither clean nor gone', () => {
    expect(undrained(members, hosts.gone).map(({ instanceId }) => instanceId)).toEqual(['silent', 'named', 'slow']);
    expect(drain(stopping, members, hosts.gone, 'x')).toBeUndefined();
    expect(drain(stopping, members.slice(0, 2), hosts.gone, 'x')?.set).toEqual({ phase: 'DRAINED' });
  });

  it('had those of its hosts ended that were silent or missed by their neighbours, and in the end all that were slow', () => {
    expect(toTerminate(stopping, members, hosts, false)).toEqual(['silent', 'named']);
    expect(toTerminate(stopping, members, hosts, true)).toEqual(['silent', 'named', 'slow']);
    const other = control({ phase: 'STOPPING', cause: { kind: 'cancelled', by: 'x' } });
    expect(toTerminate(other, members, hosts, false)).toEqual(['silent']);
    const preempted = { kind: 'preempted', instanceId: 'slow', notice: 'spot' } as const;
    const going = control({ phase: 'STOPPING', cause: preempted });
    expect(toTerminate(going, members, hosts, false)).toEqual(['silent']);
  });

  it('has those written down, once, that are ended for being slow alone', () => {
    expect(toCondemn(stopping, members, hosts)).toEqual(['slow']);
    expect(toCondemn({ ...stopping, overdue: ['slow'] }, members, hosts)).toEqual([]);
  });
});
