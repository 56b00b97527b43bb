import { mutantsOf } from '../mutant.ts';

const AGENT = [
  'test/core/gang/barrier.test.ts',
  'test/core/gang/agent',
  'test/core/gang/rules.test.ts',
  'test/scenarios',
];
const ROSTER = ['test/core/gang/roster'];
const VERDICT = ['test/core/gang/controller'];
const RESTART = ['test/core/gang/controller/restart.test.ts'];
const CONTROLLER = ['test/core/gang/controller', 'test/functions/decide-gang.test.ts'];
const SWEEP = ['test/core/gang/sweep.test.ts', 'test/functions/sweep-gangs.test.ts'];
const PHASES = ['test/core/gang/transitions.test.ts', 'test/contract/gang-stores.test.ts'];

/** Barrier, roster, controller, queue and sweep. */
export const GANG = [
  ...mutantsOf(
    'core/gang/barrier/arrive.ts',
    ['test/contract/gang-stores.test.ts'],
    [
      ['ranks of another kind are added', 'if (arrivals.some((arrival) => arrival.kind !== kind)) return base;', ''],
      [
        'the second call says what kind the barrier is',
        "before?.kind ?? first?.kind ?? 'barrier'",
        "first?.kind ?? 'barrier'",
      ],
      ['ranks that were there are forgotten', '...base.ranks, ', ''],
      [
        'arriving twice is arriving twice',
        'new Set([...base.ranks, ...arrivals.map((arrival) => arrival.rank)])',
        '[...base.ranks, ...arrivals.map((arrival) => arrival.rank)]',
      ],
    ],
  ),
  ...mutantsOf('core/gang/barrier/arrive.ts', AGENT, [
    ['those are missing who are here', '!here.includes(rank)', 'here.includes(rank)'],
  ]),
  ...mutantsOf('core/gang/barrier/conflict.ts', AGENT, [
    ['calls of two kinds on one host do not conflict', 'if (other !== undefined) return', 'if (false) return'],
    [
      'calls of two kinds on two hosts do not conflict',
      'if (arrivals === undefined || arrivals.kind === first.kind) return undefined;',
      'return undefined;',
    ],
    ['calls of one kind conflict', ' || arrivals.kind === first.kind', ''],
    ['a rank that failed has left', 'exit.code === 0 && !here', '!here'],
    ['a rank that came and then ended has left', ' && !here.has(Number(rank))', ''],
    ['a barrier is deserted at which nobody waits', ' || here.size === 0', ''],
    [
      'those that wait here do not count as having come',
      ', ...waits.map((wait) => wait.arrival.rank)]);\n  const gone',
      ']);\n  const gone',
    ],
  ]),
  ...mutantsOf('core/gang/barrier/release.ts', AGENT, [
    [
      'a barrier opens before all are there',
      'arrivals === undefined || arrivals.ranks.length < control.worldSize',
      'arrivals === undefined',
    ],
    [
      'a barrier opens with one rank too few',
      'arrivals.ranks.length < control.worldSize',
      'arrivals.ranks.length < control.worldSize - 1',
    ],
  ]),
  ...mutantsOf('core/gang/barrier/wait.ts', AGENT, [
    ['a rank is written that is in the set already', '!(arrivals?.ranks ?? []).includes(wait.arrival.rank)', 'true'],
    ['a host writes each rank as it comes', 'if (!isWhole && !isLate) return [];', ''],
    [
      'ranks whose neighbours are late are never written',
      'if (!isWhole && !isLate) return [];',
      'if (!isWhole) return [];',
    ],
    ['one rank of a host counts as all', 'ranks.every((rank) =>', 'ranks.some((rank) =>'],
  ]),
  ...mutantsOf('core/gang/roster/ranks.ts', ROSTER, [
    ['places follow the order of the records', '(a.instanceId < b.instanceId ? -1 : 1)', '0'],
    ['a survivor is a newcomer, too', 'byId.filter((member) => !survivors.includes(member))', '[...byId]'],
    ['survivors lose their places', 'survivors[place] ?? newcomers.shift()', 'newcomers.shift()'],
    ['a roster has holes', 'places.every((member) => member !== undefined) ? places : undefined', 'places'],
  ]),
  ...mutantsOf('core/gang/roster/seal.ts', ROSTER, [
    ['hosts that are not ready are sealed', "members.filter((member) => member.state === 'READY')", 'members'],
    ['two hosts have the same ranks', 'rank: place * count + localRank', 'rank: localRank'],
  ]),
  ...mutantsOf('core/gang/start.ts', AGENT, [
    ['a gang runs before all have started', 'if (!roster.hosts.every(', 'if (!roster.hosts.some('],
    ['a host whose tasks have ended has not started', " || member.state === 'EXITED'", ''],
    [
      'a gang succeeds before all ranks have ended',
      'if (!ranksOf(roster).every((rank)',
      'if (!ranksOf(roster).some((rank)',
    ],
    ['a gang succeeds although a rank failed', 'exits[rank]?.code === 0', 'exits[rank] !== undefined'],
  ]),
  ...mutantsOf(
    'core/gang/condition.ts',
    ['test/contract/gang-stores.test.ts'],
    [
      ['a write of another attempt fits', 'control.attempt === where.attempt &&', ''],
      ['a write fits whatever the phase', 'where.phaseIn.includes(control.phase) &&', ''],
      ['a write of another epoch fits', '(where.epoch === undefined || control.epoch === where.epoch)', 'true'],
      ['a write for another state fits', '(where.opId === undefined || control.opId === where.opId)', 'true'],
      ['what a write clears stays', '!(clear as readonly string[]).includes(field)', 'true'],
    ],
  ),
  ...mutantsOf('core/gang/transitions.ts', PHASES, [
    ['a write is of any epoch', "...(at.includes('epoch') && { epoch: now.epoch })", ''],
    ['a write is for any state', "...(at.includes('opId') && { opId: now.opId })", ''],
    ['every write is for one state', "...(at.includes('opId') && { opId: now.opId })", 'opId: now.opId'],
    ['every write is of one epoch', "...(at.includes('epoch') && { epoch: now.epoch })", 'epoch: now.epoch'],

    ['the gang runs from wherever it is', "run: { from: ['STARTING']", "run: { from: ['FORMING', 'STARTING']"],
    [
      'a barrier is released whatever its epoch',
      "release: { from: LIVE, to: [], at: ['attempt', 'epoch']",
      "release: { from: LIVE, to: [], at: ['attempt']",
    ],
    [
      'a barrier is aborted whatever its epoch',
      "abort: { from: LIVE, to: ['STOPPING'], at: ['attempt', 'epoch']",
      "abort: { from: LIVE, to: ['STOPPING'], at: ['attempt']",
    ],
    [
      'an attempt is raised before it is drained',
      "raise: {\n    ...{ from: ['DRAINED']",
      "raise: {\n    ...{ from: ['STOPPING', 'DRAINED']",
    ],
    ['a run ends before its attempt is drained', "end: { from: ['DRAINED']", "end: { from: ['STOPPING', 'DRAINED']"],
    ['a run that succeeded is stopped', "const STOPPABLE = ['QUEUED',", "const STOPPABLE = ['SUCCEEDED', 'QUEUED',"],
    ['the cause of an attempt outlives it', "const OF_ONE_ATTEMPT = ['cause', ", 'const OF_ONE_ATTEMPT = ['],
    ['a new attempt goes on counting barriers', 'attempt: attempt + 1, epoch: 0', 'attempt: attempt + 1'],
  ]),
  ...mutantsOf(
    'core/gang/phases.ts',
    ['test/core/gang/transitions.test.ts', 'test/core/gang/agent'],
    [
      ['a write that keeps the phase leads nowhere', 'to.length === 0 ? [phase] : to', 'to'],
      ['an earlier attempt is current', 'return next.attempt > last.attempt;', 'return true;'],
      [
        'an earlier phase is current',
        'return PHASES.indexOf(next.phase) > PHASES.indexOf(last.phase);',
        'return true;',
      ],
      ['an earlier epoch is current', 'return next.epoch >= last.epoch;', 'return true;'],
    ],
  ),
  ...mutantsOf(
    'core/gang/owner.ts',
    ['test/functions/acquire-hosts.test.ts', 'test/functions/release-hosts.test.ts'],
    [
      ['everybody owns every run', 'owner === executionId;', 'true;'],
      ['another execution acts for a run', 'if (isOwner(control, executionId)) return;', 'return;'],
    ],
  ),
  ...mutantsOf(
    'core/gang/run-visit.ts',
    ['test/contract/callback.test.ts'],
    [
      ['a token of an earlier attempt is later', 'return visit.attempt > than.attempt;', 'return true;'],
      ['a token of an earlier visit is later', 'return visit.enteredMs > than.enteredMs;', 'return true;'],
      ['a token of an earlier try is later', 'return visit.retry > than.retry;', 'return true;'],
    ],
  ),
  ...mutantsOf('core/gang/controller/budget.ts', VERDICT, [
    ['a budget has no end', 'if (charged[budget] >= limits[budget]) return undefined;', ''],
    ['a budget ends one restart late', 'charged[budget] >= limits[budget]', 'charged[budget] > limits[budget]'],
    ["what is nobody's fault is free for ever", 'charged.preemption < FREE_RESTARTS_MAX', 'charged.preemption < 1e9'],
    ['charged restarts count as free ones', 'attempt - charged.user', 'attempt'],
  ]),
  ...mutantsOf('core/gang/controller/drain.ts', CONTROLLER, [
    [
      'a host counts as missed that its neighbours have not missed',
      "control.cause?.kind === 'host-lost' ?",
      'control.cause !== undefined ?',
    ],

    ['a host counts as drained that is not clean', "member.state !== 'CLEAN' && !gone", '!gone'],
    ['a host that is gone is waited for', ' && !gone.has(member.instanceId)', ''],
    ['an attempt is drained while its tasks live', 'if (undrained(members, gone).length > 0) return undefined;', ''],
    ['a silent host is waited for', 'silent.has(instanceId) || ', ''],
    ['a host that is late is waited for', 'isOverdue || silent', 'silent'],
    ['a host that its neighbours have missed is asked again', ' || instanceId === named', ''],
    ['a host that was lost is written down as late', '!lost.has(instanceId) && ', ''],
    ['a host that is late is written down again and again', ' && !control.overdue?.includes(instanceId)', ''],
  ]),
  ...mutantsOf('core/gang/controller/controller.ts', CONTROLLER, [
    ['a gang stops for ever', "if (write !== undefined) return { do: 'drain', write };", ''],
    [
      'hosts are ended for being late that are not',
      'view.isOverdue ? toCondemn(control, members, view) : []',
      'toCondemn(control, members, view)',
    ],
    ['hosts are ended for being late, and nobody knows who ended them', 'if (late.length > 0) {', 'if (false) {'],
    [
      'nothing is ended that does not end itself',
      "instanceIds.length > 0 ? { do: 'terminate', instanceIds } : { do: 'wait' }",
      "{ do: 'wait' }",
    ],
    ['a gang that is whole waits for hosts', 'isWhole(view) ? restart(view, limits, opId) : undefined', 'undefined'],
    [
      'a gang goes on with a host that is gone',
      'leased.has(instanceId) && !gone.has(instanceId));',
      'leased.has(instanceId));',
    ],
    [
      'a gang goes on with a host whose lease is over',
      'leased.has(instanceId) && !gone.has(instanceId));',
      '!gone.has(instanceId));',
    ],
    ['a failure that has no budget is charged', 'judged.budget && charge(', 'charge('],
    ["what is nobody's fault is charged", 'judged.isNobodysFault\n', 'false\n'],
    ['a run that was cancelled has failed', "control.cause?.kind === 'cancelled' ? 'CANCELLED' : 'FAILED'", "'FAILED'"],
    ['a host is kept that is not clean', '!dirty.has(instanceId) && ', ''],
    ['a host is not kept that still boots', 'members.filter(({ state }) => hasStarted(state)).map(', 'leases.map('],
    ['a host whose tasks have ended counts as clean', " || state === 'EXITED';", ';'],
    ['a host is kept that is at fault', ' && !bad.has(instanceId);', ';'],
    ['a host is kept that is gone', 'new Set([...gone, ', 'new Set(['],
    ['a host is kept that will be taken away', '...announced(members), ', ''],
    ['a host is kept that has found itself unfit', ', ...unfit]);', ']);'],
    ['a run has no end', 'if (leftS <= 0) return timeIsUp(limits);', ''],
    ['a gang is stopped for its time that has ended', 'if (hasEnded(control.phase)) return undefined;', ''],
    ['a gang that nobody watches runs on', 'if (!isUnwatched ||', 'if (true ||'],
    ['a gang that is watched is stopped', 'if (!isUnwatched || ', 'if ('],
    [
      'a host that was ended for being late is not named',
      '...judged.badHosts, ...(control.overdue ?? []), ',
      '...judged.badHosts, ',
    ],
    ['a kept host has a lease of the attempt before', 'attempt: control.attempt + 1 })),', '})),'],
    ['no log is named', 'rank === undefined ? ', 'true ? '],
    ['the budget is not named', 'if (budget === undefined) return { code, message };', 'return { code, message };'],
  ]),
  ...mutantsOf('core/gang/controller/restart.ts', RESTART, [
    [
      'a gang begins again by the roster of another attempt',
      'if (roster?.attempt !== control.attempt) return',
      'if (roster === undefined) return',
    ],
    ['a host stays that is another', 'isItself(member, host) && isHealthy(member)', 'isHealthy(member)'],
    ['a host stays that is not healthy', 'isItself(member, host) && isHealthy(member)', 'isItself(member, host)'],
    ['a gang begins again without one of its hosts', ' || stays.includes(undefined)', ''],
    ['a gang keeps a host that is about to be ended', 'if ((control.overdue ?? []).length > 0) return undefined;', ''],
    ['a gang keeps a host that is at fault', 'judged.badHosts.length > 0 || ', ''],
    ['another boot is the same host', ' && member.bootId === bootId', ''],
    ['another agent is the same host', ' && member.nonce === nonce;', ';'],
    ['any host is the one', 'member.instanceId === instanceId && ', ''],
    ['a host stays that is not clean', "state === 'CLEAN' && notice", 'notice'],
    ['a host stays that will be taken away', 'notice === undefined && ', ''],
    ['a host stays that is not fit', ' && unfit === undefined;', ';'],
    ['a gang begins again beyond its budget', 'if (charged === undefined) return undefined;', ''],
    ['rank 0 listens where it did', ', masterPort: first.masterPort }', ' }'],
  ]),
  ...mutantsOf('core/gang/roster/accountable.ts', RESTART, [
    ['a host without a record is not accountable', '[...members, ...blanks]', 'members'],
    ['a host with a record has two', 'roster.hosts.filter(({ instanceId }) => !known.has(instanceId))', 'roster.hosts'],
  ]),
  ...mutantsOf('core/gang/controller/verdict.ts', VERDICT, [
    ['a clean host that went is lost', "state !== 'CLEAN' && gone", 'gone'],
    ['a host that lives is lost', ' && gone.has(instanceId)', ''],
    ['a host that was ended for being late is lost', ' && !overdue.includes(instanceId)', ''],
    ['a run that was cancelled is restarted', "cause?.kind === 'cancelled' || ", ''],
    ['a run at its limit is restarted', " || cause?.kind === 'limit'", ''],
    ['a host that was taken away counts as lost', "if (cause?.kind === 'preempted') return", 'if (false) return'],
    ['eight hosts are bought for a damaged archive', 'if (OF_THE_JOB.includes(cause.why)) return', 'if (false) return'],
    ['a host that is not fit is the fault of the user', "if (cause?.kind === 'host-unfit') {", 'if (false) {'],
    ['a lost host outweighs nothing', 'if (lost.length > 0) {', 'if (false) {'],
    ['a host that its neighbours have missed is not replaced', "if (cause?.kind === 'host-lost') {", 'if (false) {'],
    [
      'a gang that did not form is the fault of the user',
      "if (cause?.kind === 'not-formed') return",
      'if (false) return',
    ],
    [
      'a host that went after its notice is charged to the infrastructure',
      "? 'preemption' : 'infrastructure'",
      "? 'infrastructure' : 'infrastructure'",
    ],
    ['one announced host excuses all', 'lost.every((instanceId)', 'lost.some((instanceId)'],
    ['a task that was stopped is the culprit', ' && !exit.stopped', ''],
    ['a task that ended well is the culprit', 'exit.code !== 0 && ', ''],
    ['the culprit is whoever is written first', 'strength(b.exit) - strength(a.exit) || a.rank - b.rank', '0'],
    ['of equals the highest rank is the culprit', ' || a.rank - b.rank', ' || b.rank - a.rank'],
    ['what was reported first is forgotten', "cause?.kind === 'task-failed' ? { [cause.rank]: cause.exit } : {}", '{}'],
    ['what the job says of exit codes does not count', "?? 'user';", "&& 'user';"],
    [
      'a failure that ends the run is restarted',
      "policy === 'fail' ? undefined : policy",
      "policy === 'fail' ? 'user' : policy",
    ],
    ['a host that is to blame is kept', "policy === 'infrastructure' && host !== undefined ? [host]", 'false ? [host]'],
    ['whoever was found to stand still first is named', 'last.step >= found.exit.step', 'true'],
    ['the rank that is furthest ahead is named', 'each.step < least.step', 'each.step > least.step'],
    ['steps count for every failure', 'found?.exit.stalled !== true || ', ''],
    ['a task that stood still is a crash like others', 'if (stalled === true) return 5;', ''],
    ['a crash weighs as much as a bare exit', 'CRASHES.includes(signal) ? 3 : 0', '2'],
    [
      'a bare exit is the strongest evidence',
      'if (message === undefined) return 2;',
      'if (message === undefined) return 5;',
    ],
    ['a broken connection weighs as much as an error of one’s own', 'isCollateral(message) ? 1 : 4', '4'],
  ]),
  ...mutantsOf(
    'core/gang/cause.ts',
    ['test/core/gang/controller', 'test/scenarios'],
    [
      [
        'a queue time that is over is a run time that is over',
        "cause.limit === 'maxQueueS' ? 'LS_NO_CAPACITY'",
        "false ? 'LS_NO_CAPACITY'",
      ],
      ['a signal is told as a code', 'exit.signal === null ?', 'true ?'],
    ],
  ),
  ...mutantsOf(
    'core/gang/host-notice.ts',
    ['test/core/gang/host-notice.test.ts'],
    [
      ['a spot notice is a loss', "if (notice.kind === 'spot') {", 'if (false) {'],
      [
        'a gang that has no tasks yet is asked to checkpoint',
        'if (!isLive(control.phase)) return',
        'if (false) return',
      ],
      ['a gang is asked twice', 'if (control.directive !== undefined) return undefined;', ''],
      [
        'a host that was announced is lost when it goes',
        'if (control.directive?.instanceId === instanceId) return',
        'if (false) return',
      ],
    ],
  ),
  ...mutantsOf('core/gang/sweep.ts', SWEEP, [
    ['a gang that runs is not looked after', "isForming || control.phase === 'RUNNING'", 'isForming'],
    ['the time to form never runs', 'sinceS: isSame ? before.sinceS : nowS', 'sinceS: nowS'],

    ['a gang that forms is not looked after', "control.phase === 'FORMING' || ", ''],
    ['a gang that starts is not looked after', " || control.phase === 'STARTING'", ''],
    ['the workflow is not told of a stop', 'answer: stop !== undefined || ', 'answer: '],
    ['the workflow is not told of an end', ' || hasEnded(control.phase)', ''],
    ['a gang that is to stop is kept alive', 'isLive && stop === undefined', 'isLive'],
    ['a gang that has stopped is kept alive', 'isLive && stop === undefined', 'stop === undefined'],
    [
      'the time to form goes on from attempt to attempt',
      'before?.attempt === attempt && before.phase === phase',
      'before?.phase === phase',
    ],
    ['the time to form goes on from phase to phase', ' && before.phase === phase', ''],
    ['no silence is ever seen', 'isStill ? before.beatsSinceS : nowS', 'nowS'],
    ['a gang that beats is silent', ' && before.beats === beats', ''],
    ['a run has no end', 'nowS - queuedAtS > limits.maxDurationS', 'false'],
    ['a run that is ending anyway is stopped at its limit', 'isUnfinished && nowS', 'nowS'],
    ['a gang that acquires has no end', " || control.phase === 'ACQUIRING';", ';'],
    ['a gang forms for ever', 'isForming && nowS - watch.sinceS > limits.formTimeoutS', 'false'],
    ['a gang that runs does not form in time', 'isForming && nowS', 'nowS'],
    [
      'a gang without heartbeats runs for ever',
      "control.phase === 'RUNNING' && nowS - watch.beatsSinceS > NO_BEAT_S",
      'false',
    ],
    ['hosts that are there are named as missing', '!here.includes(instanceId)', 'true'],
    [
      'a host that only joined is not named as missing',
      "control.phase === 'FORMING' ? ['READY', 'STARTED', 'EXITED']",
      "control.phase === 'FORMING' ? ['JOINED', 'READY', 'STARTED', 'EXITED']",
    ],
  ]),
  ...mutantsOf(
    'core/gang/abandoned.ts',
    ['test/functions/sweep-gangs.test.ts'],
    [
      ['an execution that is not known yet is over', 'ageMs > UNKNOWN_IS_OVER_MS', 'true'],
      ['an execution that nobody knows runs for ever', 'ageMs > UNKNOWN_IS_OVER_MS', 'false'],
      ['an execution that runs is over', "status !== 'running'", 'true'],
      ['an execution that has ended goes on', "status !== 'running'", 'false'],
    ],
  ),
  ...mutantsOf(
    'core/gang/reap.ts',
    ['test/functions/reap-hosts.test.ts'],
    [
      ['a host is reaped that is ending', '!isEnding(host) && nowMs', 'nowMs'],
      ['a host that has just been launched is reaped', ' && nowMs - host.launchedAt > GRACE_MS', ''],
      ['a host that somebody answers for is reaped', ' && !isClaimed(host, claims)', ''],
      ['a host of a run that is lost stays', "if (phase === 'FAILED' || phase === 'CANCELLED') return false;", ''],
      ['a host of a run that nobody knows stays', "claim.hasCrew ? 'RUNNING' : 'FAILED'", "'RUNNING'"],
      ['a host that predicts is reaped', "claim.hasCrew ? 'RUNNING' : 'FAILED'", "'FAILED'"],
      ['a host stays without a lease', 'lease.instanceId === instanceId && ', ''],
      ['a host stays whose lease is over', ' && lease.releasedAt === undefined', ''],
    ],
  ),
  ...mutantsOf(
    'core/gang/queue/admission.ts',
    ['test/core/gang/queue'],
    [
      [
        'a gang is admitted that is not in the queue',
        'if (own === undefined) return false;',
        'if (own === undefined) return true;',
      ],
      ['a gang waits for itself', 'entry.runId !== runId &&\n', '\n'],
      ['a gang waits for one that has its hosts', '!entry.admitted &&\n', '\n'],
      ['a gang waits for one that has stopped asking', 'nowS - entry.askedAtS <= ASKS_S &&\n', '\n'],
      [
        'a gang waits for one that wants something else',
        'entry.instanceTypes.some((type) => own.instanceTypes.includes(type))',
        'true',
      ],
      ['priority is nothing', 'if (a.priority !== b.priority) return a.priority > b.priority;', ''],
      ['age is nothing', 'if (a.queuedAtS !== b.queuedAtS) return a.queuedAtS < b.queuedAtS;', ''],
      ['two gangs of one second are both first', 'return a.runId < b.runId;', 'return true;'],
    ],
  ),
  ...mutantsOf(
    'core/gang/queue/admit.ts',
    ['test/core/gang/queue', 'test/functions/admit-gang.test.ts'],
    [
      ['a gang waits beyond its queue time', 'entry.askedAtS - entry.queuedAtS <= limits.maxQueueS', 'true'],
      ['a gang asks without pause', 'Math.max(ASK_AGAIN_S.first, waitedS / 20)', 'waitedS / 20'],
      ['a gang asks less and less often', 'Math.min(ASK_AGAIN_S.longest, ', 'Math.min(1e9, '],
      ['a gang loses its age each time it asks', 'state.queuedAt ?? nowS', 'nowS'],
      ['a gang keeps its pools for ever', 'export const LOCK_S = 120;', 'export const LOCK_S = 1e9;'],
    ],
  ),
];
