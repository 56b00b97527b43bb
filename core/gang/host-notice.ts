import type { HostNotice } from '../fleet/host-event.ts';
import type { ControlWrite } from './control-write.ts';
/** What becomes of a gang when the provider says something about one of its hosts. */
import { isLive } from './phases.ts';
import type { Control } from './records.ts';
import { direct, stop } from './stop.ts';

/**
 * The write that a notice calls for, if any. A gang whose tasks run is first asked to checkpoint; its agent, which hears
 * the same notice from its own metadata service, stops it in time. If the host is gone before that, it was preempted.
 */
export function onHostNotice(control: Control, notice: HostNotice, opId: string): ControlWrite | undefined {
  const { instanceId, detail } = notice;
  const wasAnnounced = control.directive?.reason.includes(instanceId) === true;
  if (notice.kind === 'spot') {
    const text = `EC2 takes ${instanceId} away: ${detail}`;
    if (!isLive(control.phase)) return stop(control, { kind: 'preempted', instanceId, notice: detail }, opId);
    return control.directive === undefined ? direct(control, text, opId) : undefined;
  }
  if (wasAnnounced) return stop(control, { kind: 'preempted', instanceId, notice: detail }, opId);
  return stop(control, { kind: 'host-lost', instanceId, evidence: `EC2 reports it as ${detail}` }, opId);
}
