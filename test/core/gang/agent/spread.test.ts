import { expect, it } from 'vitest';
import { type AgentState, newAgent, withCurrent } from '#core/gang/agent/agent.ts';
import { apply } from '#core/gang/agent/apply.ts';
import { nameEarlyExit } from '#core/gang/agent/rules/spread.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Phase } from '#core/gang/records.ts';

const SELF = {
  runId: 'r',
  instanceId: 'a',
  bootId: 'b',
  nonce: 'n',
  address: '',
  port: 0,
  masterPort: 0,
  gpuPerTask: 0,
};
const ended = { code: 0, signal: null, stopped: false };

/** An agent with two tasks that run, of a gang in this phase. */
function agent(phase: Phase): AgentState {
  const control = { ...newGang({ runId: 'r', owner: 'e', hosts: 1, tasksPerHost: 2, specHash: '', opId: '' }), phase };
  const state = newAgent({ self: SELF, nowMs: 0, seed: 1, timing: { exitSpreadMs: 1000 } });
  return withCurrent({ ...state, control }, { tasks: 'running' });
}

const exits = (state: AgentState, rank: number, atMs: number) =>
  apply(state, { type: 'taskExited', rank, exit: ended }, atMs);
const named = (state: AgentState, nowMs: number) => nameEarlyExit(state, nowMs).effects;

it('counts from the first task that ended, and not before it has', () => {
  const one = exits(agent('RUNNING'), 1, 5000);
  expect(named(agent('RUNNING'), 9000)).toEqual([]);
  expect(named(one, 5999)).toEqual([]);
  expect(named(exits(one, 0, 5900), 6000)).toMatchObject([
    { type: 'writeControl', write: { set: { phase: 'STOPPING', cause: { kind: 'task-failed', rank: 1 } } } },
  ]);
});

it.each<Phase>(['STARTING', 'STOPPING', 'SUCCEEDED'])('says nothing of a gang that is %s', (phase) => {
  expect(named(exits(agent(phase), 1, 0), 9000)).toEqual([]);
});
