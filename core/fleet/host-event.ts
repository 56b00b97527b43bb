import { ENDING_STATES } from '../names.ts';

export interface HostNotice {
  readonly instanceId: string;
  /** `gone`: it is ending or has ended. `spot`: it will be taken away in about two minutes. */
  readonly kind: 'gone' | 'spot';
  /** For people, e.g. the state that was reported. */
  readonly detail: string;
}

/** An event of EC2 as EventBridge delivers it, as far as it is read. */
export interface HostEvent {
  readonly 'detail-type': string;
  readonly detail: { readonly 'instance-id': string; readonly state?: string; readonly 'instance-action'?: string };
}

/**
 * What an event means for a gang; undefined for what needs no answer: a host that comes up, and a rebalance
 * recommendation, which is a risk and not yet a loss.
 */
export function noticeOf({ 'detail-type': type, detail }: HostEvent): HostNotice | undefined {
  const instanceId = detail['instance-id'];
  switch (type) {
    case 'EC2 Instance State-change Notification':
      if (detail.state === undefined || !ENDING_STATES.includes(detail.state)) return undefined;
      return { instanceId, kind: 'gone', detail: detail.state };
    case 'EC2 Spot Instance Interruption Warning':
      return { instanceId, kind: 'spot', detail: `spot interruption, ${detail['instance-action'] ?? 'terminate'}` };
    default:
      return undefined;
  }
}
