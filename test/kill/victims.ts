/** Whom a kill may hit, and how to find them among the processes of a state folder (Linux). */
import { readFileSync } from 'node:fs';
import { processesOf } from '../e2e/command.ts';

export const VICTIMS = ['task', 'agent', 'host', 'function', 'guardian', 'command'] as const;
export type Victim = (typeof VICTIMS)[number];

interface Found {
  readonly pid: number;
  readonly kind: Exclude<Victim, 'host'> | 'other';
  /** The instance that the process belongs to, if any. */
  readonly instanceId: string | undefined;
}

/**
 * Process ids to kill together, chosen by `pick` (0 … 1) among those that are there now; none if there are none. A host
 * is its agent and all tasks at once, as when a machine loses power.
 */
export function find(victim: Victim, home: string, command: number, pick: number): readonly number[] {
  if (victim === 'command') return [command];
  const all = processesOf(home).map(describe);
  if (victim !== 'host')
    return one(
      all.filter(({ kind }) => kind === victim).map(({ pid }) => [pid]),
      pick,
    );
  const instances = Map.groupBy(
    all.filter(({ instanceId }) => instanceId !== undefined),
    ({ instanceId }) => instanceId,
  );
  return one(
    [...instances.values()].map((processes) => processes.map(({ pid }) => pid)),
    pick,
  );
}

const one = (groups: readonly (readonly number[])[], pick: number): readonly number[] =>
  groups[Math.floor(pick * groups.length)] ?? [];

function describe(pid: number): Found {
  const environment = read(pid, 'environ');
  const line = read(pid, 'cmdline');
  const instanceId = /(?:^|\0)LOCKSTEP_INSTANCE_ID=([^\0]+)/.exec(environment)?.[1];
  return { pid, instanceId, kind: kindOf(line, environment) };
}

function kindOf(line: string, environment: string): Found['kind'] {
  if (line.includes('lockstep-guardian')) return 'guardian';
  if (environment.includes('LOCKSTEP_TASK_TOKEN=')) return 'task';
  if (/agent\.mjs/.test(line)) return 'agent';
  return environment.includes('AWS_LAMBDA_FUNCTION_NAME=') ? 'function' : 'other';
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // it ended while we looked
  }
}
