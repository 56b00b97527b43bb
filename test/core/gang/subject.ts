/** One agent of a gang of two hosts with two tasks each, and the records around it. */

import { type AgentState, newAgent } from '#core/gang/agent/agent.ts';
import type { AgentEffect, AgentEvent, StoreEffect, View } from '#core/gang/agent/effects.ts';
import { step } from '#core/gang/agent/step.ts';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control, Member, Roster } from '#core/gang/records.ts';

const host = { runId: 'r', instanceId: 'a', bootId: 'b', nonce: 'n', address: '10.0.0.1', port: 7, masterPort: 8 };
export const self = { ...host, gpuPerTask: 1 };

export const control = (change: Partial<Control> = {}): Control => ({
  ...newGang({ runId: 'r', owner: 'e', hosts: 2, tasksPerHost: 2, specHash: '', opId: 'x' }),
  phase: 'FORMING',
  ...change,
});

export const member = (instanceId: string, change: Partial<Member> = {}): Member => ({
  ...{ ...host, instanceId, seq: 1, attempt: 0, state: 'READY', accelerators: ['0', '1'], exits: {} },
  ...change,
});

export const roster: Roster = {
  ...{ runId: 'r', attempt: 0, masterAddress: '10.0.0.1', masterPort: 8 },
  hosts: ['a', 'b'].map((instanceId, place) => ({
    ...{ instanceId, bootId: 'b', nonce: 'n', address: '', port: 0 },
    tasks: [0, 1].map((localRank) => ({ rank: place * 2 + localRank, localRank, accelerators: [String(localRank)] })),
  })),
};

/** An agent under the hand of a test: what it hears and what it does, at times that the test gives. */
export class Subject {
  state: AgentState = newAgent({ self, nowMs: 0, seed: 1 });
  nowMs = 0;

  tell(event: AgentEvent): readonly AgentEffect[] {
    const turn = step(this.state, event, this.nowMs);
    this.state = turn.state;
    return turn.effects;
  }

  sees(view: View, done: StoreEffect = READ): readonly AgentEffect[] {
    // What a read brought beside what the test is about: the control item as it was.
    const whole = this.state.control === undefined ? view : { control: this.state.control, ...view };
    const seen = { type: 'seen', view: whole, askedAtMs: this.nowMs } as const;
    const effects = this.tell({ ...seen, done });
    // What is asked apart from the control item is answered together with it here.
    if (done !== READ) return effects;
    return [...effects, ...this.tell({ ...seen, view: {}, done: OTHERS })];
  }

  /** An agent whose attempt runs, with two tasks alive. */
  running(): this {
    this.tell({ type: 'accelerators', addresses: ['0', '1'] });
    this.sees({ control: control(), leased: true });
    this.sees({ member: member('a') }, { type: 'putMember', member: member('a') });
    this.sees({ control: control({ phase: 'STARTING', opId: 'y' }), roster });
    this.tell({ type: 'tasksStarted' });
    this.sees({ member: member('a', { seq: 2, state: 'STARTED' }) }, { type: 'putMember', member: member('a') });
    this.sees({ control: control({ phase: 'RUNNING', opId: 'z' }) });
    return this;
  }
}

const OTHERS: StoreEffect = { type: 'read', attempt: 0, what: ['lease', 'members', 'roster'] };
export const READ: StoreEffect = { type: 'read', attempt: 0, what: ['control', 'lease', 'members', 'roster'] };
export const types = (effects: readonly AgentEffect[]) => effects.map((effect) => effect.type);
export const written = (effects: readonly AgentEffect[]) =>
  effects.flatMap((effect) => (effect.type === 'writeControl' ? [effect.write.set] : []));
