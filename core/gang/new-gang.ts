import type { Control } from './records.ts';

export interface NewGang {
  readonly runId: string;
  /** The execution that the run belongs to: its ARN, or whatever names it where there is no Step Functions. */
  readonly owner: string;
  readonly hosts: number;
  readonly tasksPerHost: number;
  readonly specHash: string;
  /** Names the write that creates it. */
  readonly opId: string;
}

/** The control item of a gang that nobody has admitted yet. */
export const newGang = ({ runId, owner, hosts, tasksPerHost, specHash, opId }: NewGang): Control => ({
  ...{ runId, owner, attempt: 0, phase: 'QUEUED', epoch: 0, hosts, worldSize: hosts * tasksPerHost, specHash, opId },
  charged: { user: 0, infrastructure: 0, preemption: 0 },
});
