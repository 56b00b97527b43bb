/** What becomes of a gang when the provider says something about one of its hosts. */
import { isLive } from '../gang/phases.ts';
import type { Control } from '../gang/state.ts';
import { direct, stop } from '../gang/stop.ts';
import type { ControlWrite } from '../ports.ts';

export interface HostNotice {
  readonly instanceId: string;
  /** `gone`: it is ending or has ended. `spot`: it will be taken away in about two minutes. */
  readonly kind: 'gone' | 'spot';
  /** For people, e.g. the state that was reported. */
  readonly detail: string;
}

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
