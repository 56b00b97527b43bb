import { mutantsOf } from '../mutant.ts';

const STORES = ['test/contract/gang-stores.test.ts'];
const LEASES = ['test/contract/leases.test.ts'];
const RECORD_CLAIMS = ['test/contract/record-claims.test.ts'];
const READS = ['test/adapters/aws/consistent-reads.test.ts'];
const CREWS = ['test/contract/crews.test.ts'];
const AWS = 'adapters/aws';

/** The conditions that DynamoDB checks. */
const CONDITIONS = [
  ...mutantsOf(`${AWS}/dynamo-record-claims.ts`, RECORD_CLAIMS, [
    [
      'whoever once had a record can finish it',
      "ConditionExpression: '#state = :held AND #fence = :fence',\n    ExpressionAttributeNames: { '#state'",
      "ConditionExpression: '#state = :held AND #fence >= :fence',\n    ExpressionAttributeNames: { '#state'",
    ],
    [
      'a record is taken from who has it',
      'attribute_not_exists(pk) OR (#state = :held AND #until <= :now)',
      'attribute_not_exists(pk) OR #state = :held OR #until <= :now',
    ],
    [
      'whoever once had a record gives it up for the one who has it',
      "ConditionExpression: '#state = :held AND #fence = :fence',\n            ExpressionAttributeNames",
      "ConditionExpression: '#state = :held AND #fence >= :fence',\n            ExpressionAttributeNames",
    ],
    ['the first record is finished without the others', ' && holdings.length === 1)', ')'],
    [
      'what a transaction refuses counts as written',
      "reasons[at]?.Code === 'ConditionalCheckFailed'",
      "reasons[at]?.Code === 'Never'",
    ],
    ['what a transaction refused is tried again', 'if (lost.length > 0) return lost;', ''],
  ]),
  ...mutantsOf(
    `${AWS}/dynamo-record-claims.ts`,
    ['test/adapters/aws/dynamo-record-claims.test.ts'],
    [['a transaction that met another is not tried again', 'if (conflicts === CONFLICTS_MAX)', 'if (conflicts >= 0)']],
  ),
  ...mutantsOf(`${AWS}/dynamo-control.ts`, STORES, [
    ['one condition of a write is enough', "conditions.join(' AND ')", "conditions.join(' OR ')"],
    [
      'a write takes place in any attempt',
      'attempt = :whereAttempt',
      '(attempt = :whereAttempt OR attribute_exists(pk))',
    ],
    ['a write takes place in any phase', "name).join(', ')})`]", "name).join(', ')}) OR attribute_exists(pk)`]"],
    ['a write takes place in any epoch', "epoch = :whereEpoch');", "(epoch = :whereEpoch OR attribute_exists(pk))');"],
    ['a write takes place in any state', "opId = :whereOpId');", "(opId = :whereOpId OR attribute_exists(pk))');"],
    [
      'a run is created over one that is there',
      "Item: controlToItem(control),\n          ConditionExpression: 'attribute_not_exists(pk)',",
      'Item: controlToItem(control),',
    ],
    [
      'a roster is sealed over one that is there',
      "Item, ConditionExpression: 'attribute_not_exists(pk)' },",
      'Item },',
    ],
    [
      'a write of one’s own that is repeated has lost',
      'return { won: control?.opId === opId, control };',
      'return { won: false, control };',
    ],
    ['a write that lost has won', 'return { won: control?.opId === opId, control };', 'return { won: true, control };'],
    ['what a write clears stays', 'clear.length === 0 ?', 'true ?'],
  ]),
  ...mutantsOf(`${AWS}/dynamo-crews.ts`, CREWS, [
    ['a crew is opened over one that is there', '        ConditionExpression: IS_NEXT,\n', ''],
    ['a later attempt is opened than the next', ' AND :before = :none', ''],
    ['the next attempt begins before the last is over', ' AND phase = :ended)', ')'],
    ['a crew of another attempt moves on', "'attempt = :attempt AND phase <> :ended'", "'phase <> :ended'"],
    ['a crew goes back', "'attempt = :attempt AND phase <> :ended'", "'attempt = :attempt'"],
    [
      'what refused to move has moved',
      'if (crew?.attempt !== attempt) return undefined;',
      'if (!crew) return undefined;',
    ],
    ['a crew leaves the list before it is over', "if (crew.phase === 'ENDED') await", 'await'],
    ['a crew of another attempt fails', 'attempt = :attempt AND phase = :open', 'phase = :open'],
    ['a crew fails that is over', ' AND phase = :open', ' AND (phase = :open OR attribute_exists(pk))'],
    ['a failure is replaced', ' AND attribute_not_exists(failure)', ''],
  ]),
  ...mutantsOf(`${AWS}/dynamo-claims.ts`, CREWS, [
    ['the work begins again', "Item, ConditionExpression: 'attribute_not_exists(pk)' }", 'Item }'],
    ['a place is passed over or had twice', "'#next = :place AND #total > :place'", "'#total > :place'"],
    ['a place is claimed beyond the end', "'#next = :place AND #total > :place'", "'#next = :place'"],
    ['a claim is replaced that is in other hands', "'fence = :fence AND beats = :beats'", "'beats = :beats'"],
    ['a claim is taken over that was renewed', "'fence = :fence AND beats = :beats'", "'fence = :fence'"],
    [
      'a claim is removed that is in other hands',
      "ConditionExpression: 'fence = :fence',",
      "ConditionExpression: 'fence = :fence OR attribute_exists(pk)',",
    ],
  ]),
  ...mutantsOf(`${AWS}/dynamo-journal.ts`, STORES, [
    ['attempt 10 ended before attempt 2', 'ends.toSorted((a, b) => a.attempt - b.attempt)', 'ends'],
  ]),
  ...mutantsOf(`${AWS}/dynamo-members.ts`, STORES, [
    [
      'a record is written on no condition',
      'Item: memberItem(member), ConditionExpression: IS_FORWARD }',
      'Item: memberItem(member) }',
    ],
    ['another boot replaces a record', 'bootId = :boot AND', '(bootId = :boot OR attribute_exists(pk)) AND'],
    [
      'another agent of the host replaces a record',
      'nonce = :nonce AND',
      '(nonce = :nonce OR attribute_exists(pk)) AND',
    ],
    ['a record goes back', ' AND seq < :seq)', ' AND (seq < :seq OR attribute_exists(pk)))'],
    ['a record is written once and never again', ' AND seq < :seq)', ' AND seq < :seq AND attribute_not_exists(pk))'],
    [
      'another boot is told that it has joined',
      'there?.bootId === bootId && there.nonce === nonce ? there : undefined',
      'there',
    ],
    ['another agent of the host is told that it has joined', ' && there.nonce === nonce ?', ' ?'],
    [
      'a heartbeat is set, not counted',
      "'SET instanceId = :id, #ttl = :ttl ADD beats :one'",
      "'SET instanceId = :id, #ttl = :ttl, beats = :one'",
    ],
    [
      'members of attempt 10 are members of attempt 1',
      'KEYS.memberPrefix(attempt)',
      'KEYS.memberPrefix(attempt).slice(0, -3)',
    ],
  ]),
  ...mutantsOf(`${AWS}/dynamo-barrier.ts`, STORES, [
    ['an allGather is read as a barrier', "item.kind?.S === 'allGather' ?", 'false ?'],
    [
      'calls of two kinds meet',
      "'attribute_not_exists(kind) OR kind = :kind'",
      "'attribute_not_exists(kind) OR attribute_exists(kind)'",
    ],
    ['the last call says where the first stood', 'callSite = if_not_exists(callSite, :site)', 'callSite = :site'],
    ['arrivals replace those before them', "#ttl = :ttl ADD arrived :ranks'", "#ttl = :ttl, arrived = :ranks'"],
    ['a payload is not written', 'coming.filter(({ payload }) => payload !== undefined)', 'coming.filter(() => false)'],
  ]),
  ...mutantsOf(
    `${AWS}/dynamo-barrier.ts`,
    ['test/adapters/aws/dynamo-barrier.test.ts'],
    [
      [
        'an allGather is complete before its payloads can be read',
        'await Promise.all(\n        coming.filter',
        'void Promise.all(\n        coming.filter',
      ],
    ],
  ),
  ...mutantsOf(`${AWS}/dynamo-leases.ts`, LEASES, [
    [
      'leases that were refused count as extended',
      'if (isRefused(error)) return false;',
      'if (isRefused(error)) continue;',
    ],
    ['a lease that was refused counts as granted', 'throw staleGrant();', 'return undefined as never;'],
    ['a refusal is a collision', "({ Code }) => Code === 'ConditionalCheckFailed'", '() => false'],
    ['a later release counts', 'attribute_exists(pk) AND attribute_not_exists(releasedAt)$', 'attribute_exists(pk)$'],
    [
      'a lease that never was is released',
      'attribute_exists(pk) AND attribute_not_exists(releasedAt)$',
      'attribute_not_exists(releasedAt)$',
    ],
    [
      'a lease of a later attempt is released',
      "' AND attempt <= :attempt'",
      "' AND (attempt <= :attempt OR attribute_exists(pk))'",
    ],
    [
      'a host of a later attempt counts as without a lease',
      'error.Item === undefined || error.Item.releasedAt !== undefined',
      'true',
    ],
    ['a lease that is over counts as one', 'lease?.releasedAt === undefined ? lease : undefined', 'lease'],
  ]),
  ...mutantsOf(`${AWS}/lease-item.ts`, LEASES, [
    [
      'a lease is extended that never was',
      "'attribute_exists(pk) AND attempt <= :attempt AND attribute_not_exists(releasedAt)'",
      "'(attribute_not_exists(pk) OR attempt <= :attempt) AND attribute_not_exists(releasedAt)'",
    ],
    [
      'a lease of a later attempt is taken back',
      'attribute_exists(pk) AND attempt <= :attempt AND attribute_not_exists(releasedAt)',
      'attribute_exists(pk) AND (attempt <= :attempt OR attempt > :attempt) AND attribute_not_exists(releasedAt)',
    ],
    [
      'a lease that is over is extended',
      "attempt <= :attempt AND attribute_not_exists(releasedAt)',",
      "attempt <= :attempt',",
    ],
    [
      'a lease of an earlier attempt replaces that of a later',
      'attempt <= :attempt AND attribute_not_exists(releasedAt))',
      '(attempt <= :attempt OR attribute_exists(pk)) AND attribute_not_exists(releasedAt))',
    ],
    ['a lease that is over lives again', ' AND attribute_not_exists(releasedAt))', ')'],
  ]),
  ...mutantsOf(`${AWS}/dynamo-queue.ts`, STORES, [
    ['a gang that is admitted waits again', 'admitted = :no', '(admitted = :no OR attribute_exists(pk))'],
    ['a gang cannot renew its place', 'admitted = :no', '(admitted = :no AND attribute_not_exists(pk))'],
    ['a note brings a gang back', "ConditionExpression: 'attribute_exists(pk)',", ''],
    ['a lock has no end', ' && before.untilS > want.nowS) return before;', ') return before;'],
    ['a lock is renewed by nobody', 'before.runId !== want.runId && before.untilS', 'before.untilS'],
    [
      'a lock is taken from its holder',
      'if (before !== undefined && before.runId !== want.runId && before.untilS > want.nowS) return before;',
      '',
    ],
    [
      'a lock is freed by anybody',
      "ConditionExpression: 'runId = :run',",
      "ConditionExpression: 'attribute_exists(runId) OR runId = :run',",
    ],
    [
      'two gangs take a free lock at once',
      "ConditionExpression: 'fence = :fence AND untilS = :until',",
      "ConditionExpression: 'attribute_exists(pk) OR (fence = :fence AND untilS = :until)',",
    ],
    ['two gangs take a new lock at once', "? { ConditionExpression: 'attribute_not_exists(pk)' }", '? {}'],
    ['a lock that changes hands keeps its number', '(before?.runId === want.runId ? 0 : 1)', '0'],
    ['a lock that is renewed changes its number', '(before?.runId === want.runId ? 0 : 1)', '1'],
  ]),
  ...mutantsOf(
    `${AWS}/sfn-callback.ts`,
    ['test/contract/callback.test.ts'],
    [
      [
        'a token is stored over a later one',
        "'attribute_not_exists(pk) OR attempt < :attempt',",
        "'attribute_exists(pk) OR attribute_not_exists(pk) OR attempt < :attempt',",
      ],
      [
        'a token is stored on no condition',
        'ConditionExpression: IS_LATER,',
        "ConditionExpression: 'attribute_exists(pk) OR '.concat(IS_LATER),",
      ],
      [
        'a token of a later visit is refused',
        "'(attempt = :attempt AND entered < :entered)'",
        "'(attempt = :attempt AND entered < :entered AND retry < :retry)'",
      ],
      [
        'a token of a later try is refused',
        'entered = :entered AND retry < :retry)',
        'entered = :entered AND retry < :retry AND attempt < :attempt)',
      ],
      [
        'a token that was stored by a lost reply counts as late',
        'return error.Item?.token?.S === taskToken;',
        'return false;',
      ],
      [
        'a report of an earlier attempt answers a later token',
        'if (stored === undefined || stored.attempt > outcome.attempt) return false;',
        'if (stored === undefined) return false;',
      ],
      [
        'a report of a later attempt answers no earlier token',
        'stored.attempt > outcome.attempt',
        'stored.attempt !== outcome.attempt',
      ],
      ['a token that was answered breaks whoever comes later', 'error instanceof TaskTimedOut || ', ''],
      ['a token that is none breaks whoever answers it', ' || error instanceof InvalidToken)', ')'],
    ],
  ),
];

/** What people are shown of runs. */
const RUNS = mutantsOf(
  `${AWS}/dynamo-runs.ts`,
  ['test/contract/records.test.ts'],
  [
    [
      'a run is recorded over an earlier record of it',
      "{ ConditionExpression: 'attribute_not_exists(pk)' } as const",
      '{}',
    ],
  ],
);

/** Reads on which a decision hangs must not be old. An emulator on one machine would never show it. */
const CONSISTENT = [
  ...mutantsOf(`${AWS}/dynamo-journal.ts`, READS, [
    ['a journal is read that may lack its end', 'ConsistentRead: true,', ''],
  ]),
  ...mutantsOf(`${AWS}/dynamo-control.ts`, READS, [
    [
      'a control item is read that may be old',
      'Key: controlKey(runId), ConsistentRead: true',
      'Key: controlKey(runId)',
    ],
    [
      'a roster is read that may not be there yet',
      'Key: rosterKey({ runId, attempt }, part), ConsistentRead: true',
      'Key: rosterKey({ runId, attempt }, part)',
    ],
  ]),
  ...mutantsOf(`${AWS}/dynamo-members.ts`, READS, [
    [
      'a record of a member is read that may be old',
      'TableName: table, Key, ConsistentRead: true',
      'TableName: table, Key',
    ],
    ['records of members are read that may be old', 'consistent: true, signal', 'consistent: false, signal'],
  ]),
  ...mutantsOf(`${AWS}/dynamo-barrier.ts`, READS, [
    ['arrivals are read that may be old', 'Key: itemKey(at), ConsistentRead: true', 'Key: itemKey(at)'],
    [
      'payloads are read that may not be there yet',
      'ConsistentRead: true,\n    };\n    const items',
      '};\n    const items',
    ],
  ]),
  ...mutantsOf(`${AWS}/dynamo-leases.ts`, READS, [
    [
      'leases are read that may be old',
      'ConsistentRead: true,\n        KeyConditionExpression',
      'KeyConditionExpression',
    ],
    ['a lease is read that may be old', 'TableName: table, Key, ConsistentRead: true', 'TableName: table, Key'],
    ['a run of a host is read that may be old', 'hostKey(instanceId), ConsistentRead: true', 'hostKey(instanceId)'],
  ]),
  ...mutantsOf(`${AWS}/dynamo-crews.ts`, READS, [
    ['a crew is read that may be old', 'Key: recordKey(runId), ConsistentRead: true', 'Key: recordKey(runId)'],
    [
      'crews are listed that may be old',
      'ConsistentRead: true,\n        KeyConditionExpression',
      'KeyConditionExpression',
    ],
  ]),
  ...mutantsOf(`${AWS}/dynamo-claims.ts`, READS, [
    [
      'the next place is read that may be old',
      'Key: key(at, KEYS.claimNext), ConsistentRead: true',
      'Key: key(at, KEYS.claimNext)',
    ],
    [
      'claims are read that may be old',
      'ConsistentRead: true,\n        KeyConditionExpression',
      'KeyConditionExpression',
    ],
  ]),
  ...mutantsOf(`${AWS}/dynamo-queue.ts`, READS, [
    [
      'a queue is read that may be old',
      'ConsistentRead: true,\n      };\n      const entries',
      '};\n      const entries',
    ],
    ['a lock is read that may be old', 'Key: lockKey(pool), ConsistentRead: true', 'Key: lockKey(pool)'],
  ]),
  ...mutantsOf(`${AWS}/sfn-callback.ts`, READS, [
    ['a token is read that may be old', 'Key: key(runId), ConsistentRead: true', 'Key: key(runId)'],
  ]),
];

export const STORES_MUTANTS = [...CONDITIONS, ...RUNS, ...CONSISTENT];
