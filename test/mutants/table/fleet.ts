import { mutantsOf } from '../mutant.ts';

const FLEET = ['test/core/fleet'];

/** How a gang gets its hosts, and what is known of them. */
export const FLEET_MUTANTS = [
  ...mutantsOf(
    'core/fleet/holdings.ts',
    [
      'test/functions/release-hosts.test.ts',
      'test/functions/reap-hosts.test.ts',
      'test/functions/abandoned-runs.test.ts',
    ],
    [
      [
        'a host that was stopped ends by itself',
        "=> state === 'shutting-down' ||",
        "=> state === 'stopped' || state === 'shutting-down' ||",
      ],
      ['a host that is ending is ended again', "=> state === 'shutting-down' || state", '=> state'],
    ],
  ),
  ...mutantsOf('core/fleet/candidates.ts', FLEET, [
    ['a job that names no zones has none', 'gang.zones.length === 0 ? zones : gang.zones', 'gang.zones'],
    ['a market is tried that is not offered', '!NOT_OFFERED.includes(market)', 'true'],
    ['a type is tried that does not fit', 'misfits[index] === undefined', 'true'],
    ['a zone is tried that has no subnet', 'wanted.filter((zone) => zones.includes(zone))', 'wanted'],
    ['missing hosts are bought anywhere', 'one.instanceType === first.instanceType && one.zone === first.zone', 'true'],
    ['missing hosts are bought in another zone', ' && one.zone === first.zone', ''],
    ['missing hosts are bought of another type', 'one.instanceType === first.instanceType && ', ''],
    [
      'a gang without survivors cannot go anywhere',
      'if (first === undefined) return candidates;',
      'if (first === undefined) return [];',
    ],
  ]),
  ...mutantsOf('core/fleet/classify.ts', FLEET, [
    ['what nobody knows is a shortage', "'config' : 'unknown'", "'config' : 'capacity'"],
    ['no family of codes is known', 'code.startsWith(family)', 'code === family'],
    ['a code that is known is not', 'if (known !== undefined) return known;', ''],
  ]),
  ...mutantsOf('core/fleet/client-token.ts', FLEET, [
    [
      'a new round returns the dead hosts of the one before',
      '[runId, attempt, round, instanceType',
      '[runId, attempt, instanceType',
    ],
    ['another attempt returns the hosts of the one before', '[runId, attempt, round', '[runId, round'],
    ['another number of hosts is the same launch', ', market, count]', ', market]'],
  ]),
  ...mutantsOf('core/fleet/cooldown.ts', FLEET, [
    ['a pool cools down for a minute each time', 'inARow ? Math.min(', 'false ? Math.min('],
    ['a pool cools down for longer and longer', 'Math.min(before.lengthS * 2, LONGEST_S)', 'before.lengthS * 2'],
    [
      'a shortage of yesterday counts',
      'before !== undefined && nowMs < before.untilMs + LONGEST_S * 1000',
      'before !== undefined',
    ],
    ['no pool cools down', 'cooldown !== undefined && nowMs < cooldown.untilMs', 'false'],
    ['a pool cools down for ever', ' && nowMs < cooldown.untilMs', ''],
  ]),
  ...mutantsOf('core/fleet/holdings.ts', FLEET, [
    ['a host whose lease is new is not held until a list knows it', '(isNew(lease) ? hostOf(lease) : [])', '[]'],
    ['a host that is held is lost', '!alive.has(lease.instanceId) && !isNew(lease)', '!isNew(lease)'],
    ['a host whose lease is new is lost', ' && !isNew(lease)).map(', ').map('],

    ['a host that is ending is held', 'hosts.filter(isAlive)', 'hosts'],
    ['a lease that is over counts', 'leases.filter(({ releasedAt }) => releasedAt === undefined)', 'leases'],
    ['a fresh lease is lost because a list lags', 'nowMs - lease.acquiredAt < LIST_LAG_MS', 'false'],
    ['a fresh lease is believed whatever the list says', '!listed.has(lease.instanceId) && ', ''],
    ['a leased host is an orphan', '!leased.has(instanceId)', 'true'],
    ['a host that boots is not alive', "state === 'pending' || ", ''],
    ['a host that runs is not alive', " || state === 'running'", ''],
  ]),
  ...mutantsOf(
    'core/fleet/host-event.ts',
    ['test/core/gang/host-notice.test.ts'],
    [
      ['a host that comes up is gone', ' || !ENDING_STATES.includes(detail.state)', ''],
      ['a host that stops is not gone', '!ENDING_STATES.includes(detail.state)', "detail.state !== 'terminated'"],
    ],
  ),
  ...mutantsOf('core/fleet/orphans.ts', FLEET, [
    ['orphans of another number are taken over', 'orphans.length === launch.count &&', ''],
    ['orphans of another attempt are taken over', 'host.attempt === launch.attempt &&', ''],
    ['orphans of another type are taken over', 'host.instanceType === launch.instanceType &&', ''],
    ['orphans of another zone are taken over', 'host.zone === launch.zone &&', ''],
    ['orphans of another market are taken over', 'host.market === launch.market', 'true'],
  ]),
  ...mutantsOf(
    'core/fleet/teardown.ts',
    [...FLEET, 'test/functions/decide-gang.test.ts', 'test/functions/release-hosts.test.ts'],
    [
      [
        'a host that is shutting down is gone, says the controller',
        "if (state !== undefined) return state === 'terminated';",
        'if (state !== undefined) return true;',
      ],
      [
        'a host that EC2 does not know yet is gone, says the controller',
        'nowMs - (bornMs.get(instanceId) ?? nowMs) > UNKNOWN_IS_GONE_MS',
        'true',
      ],
      [
        'a host that EC2 has forgotten is waited for for ever',
        'nowMs - (bornMs.get(instanceId) ?? nowMs) > UNKNOWN_IS_GONE_MS',
        'false',
      ],
      ['a host that is shutting down is gone, says the release', "states.get(instanceId) === 'terminated' :", 'true :'],
      ['a host that EC2 does not know yet is gone, says the release', 'nowMs - atMs > UNKNOWN_IS_GONE_MS', 'true'],
      ['a host that EC2 has forgotten is never released', 'nowMs - atMs > UNKNOWN_IS_GONE_MS', 'false'],
      [
        'the hosts of leases are forgotten',
        '...leases.map(({ instanceId, acquiredAt }) => [instanceId, acquiredAt] as const),',
        '',
      ],
      [
        'the hosts of the list are forgotten',
        '...hosts.map(({ instanceId, launchedAt }) => [instanceId, launchedAt] as const),',
        '',
      ],
    ],
  ),
  ...mutantsOf('core/fleet/search.ts', FLEET, [
    [
      'a pass that is over goes on',
      'candidate === -1 ? endOfPass(search, cooldowns, nowMs) :',
      'false ? endOfPass(search, cooldowns, nowMs) :',
    ],

    ['a pool is asked that cools down', '!isCooling(cooldowns.get(poolOf(one)), nowMs)', 'true'],
    ['the last pass asks only pools that are cool', 'isLastPass || !isCooling', '!isCooling'],
    ['a pass begins anew with each step', 'index >= search.candidate && ', ''],
    ['a throttled launch is asked for without end', 'if (nowMs >= search.deadlineMs) return exhausted(refusals);', ''],
    [
      'a throttled launch moves on',
      'return again(search, waitS(search, nowMs, result',
      'return again({ ...search, candidate: search.candidate + 1 }, waitS(search, nowMs, result',
    ],
    ['a shortage stays with its pool', 'candidate: search.candidate + 1, refusals };', 'refusals };'],
    ['the end of a pass is missed', 'if (moved.candidate === search.candidates.length) return', 'if (false) return'],
    ['part of a gang is held while it waits', "if (search.keepsHosts) return { do: 'letGo' };", ''],
    ['a quota is believed at once', 'isQuotaAlone && round > 0', 'isQuotaAlone'],
    ['a quota is never believed', 'isQuotaAlone && round > 0', 'false'],
    [
      'a mixture of quota and shortage is a quota',
      "refusals.every(({ failure }) => failure === 'quota')",
      "refusals.some(({ failure }) => failure === 'quota')",
    ],
    ['a pool that was passed over counts as a quota', 'refusals.length === search.candidates.length && ', ''],
    ['a search has no end', 'if (nowMs >= deadlineMs) return exhausted(refusals);', ''],
    ['a search comes back without waiting', 'return Math.max(1, Math.ceil(', 'return Math.min(0, Math.ceil('],
    ['a search sleeps past its deadline', 'Math.min(wantedS, (search.deadlineMs - nowMs) / 1000)', 'wantedS'],
    ['a search never asks more rarely', 'Math.max(leastS, pauseS(search, nowMs))', 'leastS'],
    ['a new round has the number of the one before', 'round: round + 1', 'round'],
  ]),
];
