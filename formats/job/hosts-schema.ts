/** Where an inference runs, in a job document. */
import * as z from 'zod/mini';
import { GANG_DEFAULTS, HOSTS_DEFAULTS, LONGEST_WAIT_S, LONGEST_WORK_S } from '#core/job/defaults.ts';
import type { HostsRequest, InferJob } from '#core/job/job.ts';
import { count, described, list, oneOrMore, seconds } from './fields.ts';

export const compute = z._default(
  described(
    z.enum(['lambda', 'hosts']),
    'Where the partitions are predicted: in functions, or on hosts with accelerators, which `hosts` describes.',
  ),
  'lambda',
);

export const hosts = z
  .strictObject({
    min: z._default(count({ min: 1, max: 512 }, 'Hosts to begin with: all of them or none.'), HOSTS_DEFAULTS.min),
    max: count({ min: 1, max: 512 }, 'Hosts at most; what is above min joins as it can be had.'),
    instanceTypes: oneOrMore('EC2 instance types, the preferred one first.'),
    zones: z._default(list('Zones to try, in order. Empty: every zone of the deployment.'), []),
    markets: z._default(
      described(
        z.array(z.enum(['capacity-block', 'reservation', 'spot', 'on-demand'])).check(z.minLength(1)),
        'Ways to buy a host, tried in order.',
      ),
      [...GANG_DEFAULTS.markets],
    ),
    maxDurationS: z._default(
      seconds('Longest time that hosts work, in seconds.', LONGEST_WORK_S),
      HOSTS_DEFAULTS.maxDurationS,
    ),
    maxQueueS: z._default(
      seconds('Longest wait for hosts while there are none, in seconds.', LONGEST_WAIT_S),
      HOSTS_DEFAULTS.maxQueueS,
    ),
    partitionTimeoutS: z._default(
      seconds('Longest time of one partition, in seconds.', LONGEST_WORK_S),
      HOSTS_DEFAULTS.partitionTimeoutS,
    ),
    replacements: z._default(
      count({ min: 0, max: 1000 }, 'Hosts that may be lost: once there were more, none is replaced.'),
      HOSTS_DEFAULTS.replacements,
    ),
  })
  .check(z.refine(({ min, max }) => min <= max, '`max` that is not below `min`'));

interface Computing {
  readonly compute: 'lambda' | 'hosts';
  readonly hosts?: HostsRequest | undefined;
}

export const hostsWhereTheyPredict = z.refine<Computing>(
  ({ compute: where, hosts: asked }) => (where === 'hosts') === (asked !== undefined),
  { error: '`hosts` beside `compute: hosts`, and nowhere else' },
);

/** The part of a job that says where it runs; nothing where that is in functions. */
export const computeOf = ({ compute: where, hosts: asked }: Computing): Pick<InferJob, 'compute' | 'hosts'> =>
  where === 'hosts' && asked !== undefined ? { compute: where, hosts: asked } : {};
