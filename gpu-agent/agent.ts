/**
 * The agent of one host: core/gang/agent/step.ts decides, ./host-tasks.ts does what concerns tasks. It passes on what
 * they ask and how they end, and hints to the other agents of the gang. Everything else is the drive loop's.
 */

import { type AgentIdentity, newAgent } from '#core/gang/agent/agent.ts';
import type { HostEffect } from '#core/gang/agent/effects.ts';
import type { Timing } from '#core/gang/agent/timing.ts';
import { describe } from '#core/gang/cause.ts';
import { type Drive, drive } from '#flows/gang/drive.ts';
import type { StorePorts } from '#flows/gang/store-effects.ts';
import { holdPort } from './held-port.ts';
import { type Hints, openHints } from './hints.ts';
import { createHostTasks, type HostTasks, type HostTasksOptions, noTasks } from './host-tasks.ts';
import type { HostIdentity } from './identity.ts';
import type { Preparation } from './preparation.ts';

/** Everything that is injected; see HostTasksOptions for the host's part. */
export interface AgentOptions extends Pick<HostTasksOptions, 'bucket' | 'guardian' | 'env' | 'pythonFolder'> {
  readonly identity: HostIdentity;
  readonly preparation: Preparation;
  readonly ports: StorePorts & Pick<HostTasksOptions, 'objects' | 'progress' | 'parquet' | 'secrets'>;
  /** Any number; different agents should have different ones. */
  readonly seed: number;
  readonly timing?: Partial<Timing>;
}

export interface RunningAgent {
  /** Passes events of the host on, e.g. a notice. */
  readonly send: Drive['send'];
  /** What it knows of the gang, for people and measurements. */
  readonly state: Drive['state'];
  /** Ends the tasks and then the agent, without a word to the gang: the host is going down. */
  terminate(): void;
  /** Resolves with the reason once the agent has nothing left to do and no task is alive. */
  readonly ended: Promise<string>;
}

/** A host that is being terminated has little time itself. */
const LAST_GRACE_MS = 5_000;

/** Starts the agent. It runs until the protocol shuts the host down, or until `terminate`. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { identity, preparation, ports, seed, timing = {} } = options;
  const { runId, instanceId, bootId, nonce, address } = identity;
  const port = await holdPort(address);
  const terminated = new AbortController();
  const terminate = () => terminated.abort();
  const send: Drive['send'] = (event) => loop.send(event);
  const isReady = 'ready' in preparation;
  const exitSpread = isReady ? { exitSpreadMs: preparation.ready.job.limits.exitSpreadS * 1000 } : {};
  const graceMs = isReady ? preparation.ready.job.limits.graceS * 1000 : 0;

  const tasks = isReady
    ? createHostTasks({
        ...{ ...options, ...preparation.ready, ...ports, runId, instanceId, address, port, send },
        onFailure: terminate,
      })
    : noTasks(send);
  const hints = await openHints({ address, runId, onHint: () => send({ type: 'hinted' }) });
  const self: AgentIdentity = {
    ...{ runId, instanceId, bootId, nonce, address, masterPort: port.number },
    port: hints.port,
    gpuPerTask: isReady ? preparation.ready.job.gang.perTask.gpu : 0,
  };
  const perform = performer({ tasks, hints, graceMs, log: ports.log, peers: (to) => peersOf(loop, instanceId, to) });
  const policy = isReady ? preparation.ready.job.limits : undefined;
  const nowMs = ports.clock.monotonicMs();
  const initial = newAgent({ self, nowMs, seed, timing: { ...exitSpread, ...timing }, policy });
  const loop: Drive = drive({ ports, initial, perform, signal: terminated.signal });
  if (isReady) send({ type: 'accelerators', addresses: preparation.ready.accelerators.addresses });
  else send({ type: 'unfit', ...preparation.unfit });

  const ended = loop.ended.then(async (reason = 'the host is going down') => {
    tasks.stop(reason, Math.min(graceMs, LAST_GRACE_MS));
    await tasks.settled();
    tasks.close();
    hints.close();
    await port.release();
    return reason;
  });
  return { send, state: loop.state, terminate, ended };
}

interface Performer {
  readonly tasks: HostTasks;
  readonly hints: Hints;
  readonly graceMs: number;
  readonly log: StorePorts['log'];
  readonly peers: (to: 'all' | 'first') => Parameters<Hints['send']>[0];
}

function performer({ tasks, hints, graceMs, log, peers }: Performer): (effect: HostEffect) => void {
  return (effect) => {
    switch (effect.type) {
      case 'startTasks':
        tasks.start(effect.roster);
        break;
      case 'stopTasks':
        tasks.stop(effect.cause === undefined ? 'the attempt is over' : describe(effect.cause), graceMs);
        break;
      case 'answer':
        tasks.calls.answer(effect.callId, effect.result);
        break;
      case 'hint':
        hints.send(peers(effect.to));
        break;
      case 'notifyTasks':
        tasks.requestCheckpoint();
        break;
      case 'shutdown':
        log.info('host is no longer needed', { reason: effect.reason });
    }
  };
}

/** The other hosts of the gang: those of the roster, or before it is sealed those that have joined. */
function peersOf(loop: Drive, instanceId: string, to: 'all' | 'first') {
  const { roster, members } = loop.state().current;
  const hosts = to === 'first' ? (roster?.hosts.slice(0, 1) ?? []) : (roster?.hosts ?? members);
  return hosts.filter((one) => one.instanceId !== instanceId && one.port !== 0);
}
