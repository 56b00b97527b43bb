import { randomUUID } from 'node:crypto';
import type { Instance } from './instance.ts';
import type { FleetSettings } from './settings.ts';

/** An event as EventBridge delivers it. */
export interface Ec2Event {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: 'aws.ec2';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, string>>;
}

type Place = Pick<FleetSettings, 'account' | 'region'>;

export const stateChanged = (instance: Instance, place: Place): Ec2Event =>
  event(instance, place, 'EC2 Instance State-change Notification', { state: instance.state });

/** The two-minute notice. Its resource carries the zone and no account, as the real one does. */
export const interruptionWarning = (instance: Instance, place: Place): Ec2Event => ({
  ...event(instance, place, 'EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' }),
  resources: [`arn:aws:ec2:${instance.zone}:instance/${instance.id}`],
});

export const rebalanceRecommended = (instance: Instance, place: Place): Ec2Event =>
  event(instance, place, 'EC2 Instance Rebalance Recommendation', {});

function event(instance: Instance, place: Place, type: string, detail: Readonly<Record<string, string>>): Ec2Event {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': type,
    source: 'aws.ec2',
    account: place.account,
    time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    region: place.region,
    resources: [`arn:aws:ec2:${place.region}:${place.account}:instance/${instance.id}`],
    detail: { 'instance-id': instance.id, ...detail },
  };
}
