import { mutantsOf } from '../mutant.ts';

const STEPS = 'test/functions/interrupted-steps.test.ts';

/** What is done in which order, and what is checked on the way. */
export const FLOWS = [
  ...mutantsOf(
    'functions/await-gang.ts',
    ['test/functions/await-gang.test.ts', STEPS],
    [
      [
        'a token is stored after the gang was looked at',
        'const control = await ports.control.read(runId);',
        'const control = before;',
      ],
      [
        'a call that comes late goes on',
        'if (!(await ports.callback.store(runId, { attempt, enteredMs, retry }, token))) return;',
        'await ports.callback.store(runId, { attempt, enteredMs, retry }, token);',
      ],
      ['an attempt that is over is awaited', 'control.attempt !== attempt || ', ''],
      ['an attempt that has ended is awaited', ' || hasEnded(control.phase)', ''],
      ['another execution awaits a gang', 'if (before !== undefined) refuseOthers(before, state.execution.id);', ''],
    ],
  ),
  ...mutantsOf(
    'gpu-agent/supervisor/supervisor.ts',
    ['test/gpu-agent/end-of-attempt.test.ts'],
    [
      [
        'one round of SIGKILL counts as proof',
        'while (left.length > 0) {\n    enclosure.kill();',
        'if (left.length > 0) {\n    enclosure.kill();',
      ],
    ],
  ),
  ...mutantsOf(
    'flows/gang/acquire-gang.ts',
    ['test/functions/acquire-hosts-crashes.test.ts'],
    [
      ['hosts are given back of a gang that has formed', 'if (!won) return lookAgain(gang);', ''],
      [
        'a gang forms with hosts that are being given back',
        'if (control.givingBack) return await goOnGivingBack(ports, gang, have);',
        '',
      ],
      [
        'what is left of a launch that is not whole stays',
        'const { left = [] } = result;\n  if (left.length > 0)',
        'const { left = [] } = result;\n  if (left.length < 0)',
      ],
      [
        'the search goes on while hosts are left',
        'const left = [...kept, ...orphans];\n  if (left.length > 0) return',
        'const left = [...kept, ...orphans];\n  if (left.length < 0) return',
      ],
    ],
  ),
  ...mutantsOf(
    'flows/gang/form-gang.ts',
    ['test/functions/acquire-hosts.test.ts', STEPS],
    [
      [
        'a gang of another attempt counts as formed',
        'if (now?.attempt === attempt && FORMED',
        'if (now !== undefined && FORMED',
      ],
      [
        'a gang forms whose hosts have no lease',
        'if (!(await grant(ports, gang))) {',
        'await grant(ports, gang);\n  if (false) {',
      ],
      ['a gang that has stopped counts as formed', ' && FORMED.includes(now.phase)', ''],
      ['hosts are left that nobody comes for', ' && !isTerminal(now.phase)', ''],
      [
        'hosts are left to an attempt that is over',
        'const isAwaited = now?.attempt === attempt && ',
        'const isAwaited = now !== undefined && ',
      ],
      [
        'hosts are ended that a later attempt has',
        'const mine = { atMs: ports.clock.wallMs(), attempt };',
        'const mine = { atMs: ports.clock.wallMs() };',
      ],
      ['hosts are ended that have a lease', '!live.some(({ instanceId }) => instanceId === id)', 'live.length >= 0'],
    ],
  ),
  ...mutantsOf(
    'flows/gang/gang-controller.ts',
    ['test/functions/decide-gang.test.ts', STEPS],
    [
      ['hosts are ended that a later attempt has', '{ atMs: clock.wallMs(), attempt }', '{ atMs: clock.wallMs() }'],
      [
        'a lease that was ended meanwhile loses the run',
        "if (error instanceof LockstepError && error.code === 'LS_STALE_ATTEMPT') return;",
        '',
      ],
      [
        'hosts that stay have no lease of the next attempt',
        'if (plan.keep.length > 0) await ports.leases.grant(plan.keep);',
        '',
      ],
      ['hosts that go are not ended', 'await endHosts(ports, item, plan.drop);', ''],
      ['a host is silent that was not watched', 'else if (nowMs - before.sinceMs >= SILENT_MS)', 'else if (true)'],
      ['a host is never silent', 'else if (nowMs - before.sinceMs >= SILENT_MS)', 'else if (false)'],
      ['a host that beats is silent', 'if (before?.count !== count) seen', 'if (before === undefined) seen'],
      ['a controller never comes back', '> (options.patienceMs ?? 8_000)) return', '> 1e12) return'],
      ['another execution decides', 'refuseOthers(item, options.executionId);', ''],
    ],
  ),
  ...mutantsOf(
    'flows/gang/hosts-seen.ts',
    ['test/functions/decide-gang.test.ts', 'test/flows/gang/hosts-seen.test.ts'],
    [
      ['hosts are asked for each time', 'nowMs - last.atMs < pauseMs()', 'false'],
      [
        'hosts that are new to the question are not asked for',
        ' || instanceIds.some((id) => !last?.asked.has(id))',
        '',
      ],
      ['a host is told each time to end', '!told.has(id) && ', ''],
      ['a host is told to end that is ending', ' && !ending.has(id)', ''],
    ],
  ),
  ...mutantsOf(
    'flows/gang/release-gang.ts',
    ['test/functions/release-hosts.test.ts', STEPS],
    [
      [
        'another execution releases a run',
        'if (item !== undefined && !isOwner(item, options.executionId)) {',
        'if (false) {',
      ],
      [
        'a gang is not stopped before its hosts are ended',
        'if (item !== undefined) await control.write(stopOf(item, options.by));',
        '',
      ],
      ['a launch on its way leaves hosts', ' && (await liveLeases(leases, runId)).length === 0', ''],
      ['a raised attempt is left behind', 'return now === undefined || isTerminal(now.phase);', 'return true;'],
      [
        'a release does not wait for the end of its hosts',
        'if (remaining.length === 0) return leased;',
        'return leased;',
      ],
      [
        'a release never gives up',
        'if (clock.monotonicMs() - startedMs > patienceMs) throw',
        'if (clock.monotonicMs() > 1e12) throw',
      ],
      ['leases stay', 'await leases.release(runId, gone, { atMs: clock.wallMs() });', ''],
      ['locks stay', 'for (const type of entry?.instanceTypes ?? []) await queue.unlock(type, runId);', ''],
      ['a gang stays in the queue', 'await queue.remove(runId);', ''],
    ],
  ),
  ...mutantsOf(
    'flows/gang/gang-sweep.ts',
    ['test/functions/sweep-gangs.test.ts', STEPS],
    [
      ['a sweep answers although its stop lost', 'if (!won && !hasEnded(phase)) return;', ''],
      ['a sweep tells of a phase that is not', 'phase = now?.phase ?? phase;', ''],
      ['a gang is looked after that has no hosts yet', 'if (entry.admitted || hasEnded(control.phase)) await', 'await'],
      [
        'a gang whose execution has ended is left',
        'if (await releaseAbandoned(ports, control, entry.queuedAtS * 1000)) return true;',
        '',
      ],
      ['a gang that does not exist stays in the queue', 'await ports.queue.remove(runId);', ''],
      ['a sweep waits for hosts to go', 'patienceMs: 0', 'patienceMs: 10_000_000'],
      ['any failure of a release is taken for patience', " && error.code === 'LS_TEARDOWN_FAILED'", ''],
    ],
  ),
  ...mutantsOf(
    'flows/gang/sweep-deployment.ts',
    ['test/functions/sweep-gangs.test.ts'],
    [
      [
        'a gang that is not in the queue is forgotten',
        'if (runId === undefined || known.has(runId)) continue;',
        'continue;',
      ],
      ['one list that fails is not told of', "if (one.status === 'rejected') throw one.reason;", ''],
      ['hosts of a dead run count as hosts of a live one', 'swept.abandoned.has(runId)', 'false'],
      ['a gang that has its hosts counts as one that waits', '.filter(({ admitted }) => !admitted)', ''],
    ],
  ),
  ...mutantsOf(
    'flows/gang/gang-admission.ts',
    ['test/functions/admit-gang.test.ts', STEPS],
    [
      ['another execution asks for a gang', 'if (item !== undefined) refuseOthers(item, state.execution.id);', ''],
      [
        'a gang that is past waiting asks',
        "if (item === undefined || !isWaiting(item)) return 'over';",
        "if (item === undefined) return 'over';",
      ],
      ['a gang goes shopping before its turn', 'if (!isNext(await queue.list(), runId, nowS)) return false;', ''],
      [
        'two gangs shop in one pool',
        'return await lockAll(queue, instanceTypes, { runId, nowS, ttlS: LOCK_S });',
        'return true;',
      ],
      [
        'a gang that was released is put back into the queue',
        'if (now === undefined || isTerminal(now.phase)) await queue.remove(runId);',
        '',
      ],
      [
        'a gang that has its hosts takes the pools',
        'for (const pool of entry.instanceTypes) await queue.unlock(pool, runId);\n',
        '',
      ],
    ],
  ),
  ...mutantsOf(
    'flows/gang/host-watch.ts',
    ['test/functions/host-events.test.ts', STEPS],
    [
      ['a host that was given up stops the gang', 'lease === undefined || ', ''],
      ['a host of an earlier attempt stops the gang', ' || lease.attempt !== control.attempt', ''],
      [
        'a host that was too many stops the gang',
        'if (!(await hasPart(ports.control, control, notice.instanceId))) return;',
        '',
      ],
      ['the workflow is not told of the end', 'if (now === undefined || !hasEnded(now.phase)) return;', 'return;'],
      ['the workflow is told of what is no end', ' || !hasEnded(now.phase)) return;', ') return;'],
    ],
  ),
  ...mutantsOf(
    'flows/gang/drive.ts',
    ['test/flows/gang/drive.test.ts'],
    [
      ['a request that was given up is sent again later', 'request.abort();', ''],
      [
        'a store that is silent is waited for',
        'ports.clock.sleep(storeTimeoutMs, silence.signal)',
        'ports.clock.sleep(1e9, silence.signal)',
      ],
      [
        'the time of the answer counts, not of the question',
        'view, askedAtMs });',
        'view, askedAtMs: ports.clock.monotonicMs() });',
      ],
    ],
  ),
  ...mutantsOf(
    'flows/training/publish-result.ts',
    ['test/flows/training/publish-result.test.ts'],
    [
      ['an attempt is published that has not succeeded', "now.phase === 'SUCCEEDED' && ", ''],
      ['another attempt is published than the one that succeeded', ' && now.attempt === attempt', ''],
      ['another execution publishes', 'refuseOthers(now, execution.id);', ''],
      ['a result is committed over another', "{ ifMatch: 'absent' }", 'undefined'],
      ['another result counts as the same', 'if (Buffer.compare(stored.bytes, bytes) === 0) return;', 'return;'],
      ['an incomplete result is committed', 'checkComplete(manifest, await sizes(ports, manifest));', ''],
    ],
  ),
  ...mutantsOf(
    'core/training/published.ts',
    ['test/flows/training/publish-result.test.ts'],
    [
      [
        'a name goes back to an older run',
        'pointer.runId < other.runId : own < others',
        'pointer.runId < other.runId : true',
      ],
      [
        'of two runs of one second either keeps the name',
        'pointer.runId < other.runId : own < others',
        'true : own < others',
      ],
    ],
  ),
  ...mutantsOf(
    'core/training/train-manifest.ts',
    ['test/flows/training/publish-result.test.ts'],
    [
      ['a result of another run is published', 'result.runId === runId && ', ''],
      ['a result of another attempt is published', ' && result.attempt === attempt', ''],
    ],
  ),
];
