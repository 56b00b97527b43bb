/** What becomes of a gang when the provider says something about one of its hosts. */
import type { HostNotice } from '../fleet/host-event.ts';
import type { ControlWrite } from './control-write.ts';
import { isLive } from './phases.ts';
import type { Control } from './records.ts';
import { transition } from './transitions.ts';

/**
 * The write that a notice calls for, if any. A gang whose tasks run is first asked to checkpoint; its agent, which gets
 * the same notice from its own metadata service, stops it in time. If the host is gone before that, it was preempted.
 */
export function onHostNotice(control: Control, notice: HostNotice, opId: string): ControlWrite | undefined {
  const { instanceId, detail } = notice;
  const preempted = { kind: 'preempted', instanceId, notice: detail } as const;
  if (notice.kind === 'spot') {
    if (!isLive(control.phase)) return transition.stop(control, opId, preempted);
    const reason = `EC2 takes ${instanceId} away: ${detail}`;
    if (control.directive !== undefined) return undefined;
    return transition.direct(control, opId, { kind: 'checkpoint', instanceId, reason });
  }
  if (control.directive?.instanceId === instanceId) return transition.stop(control, opId, preempted);
  const evidence = `EC2 reports it as ${detail}`;
  return transition.stop(control, opId, { kind: 'host-lost', instanceId, why: 'gone', evidence });
}
