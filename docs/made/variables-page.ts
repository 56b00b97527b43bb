import type { Roster } from '#core/gang/records.ts';
import { launchEnv } from '#core/launch/launch-env.ts';
import { placeOf } from '#core/launch/launchers/place.ts';
import { code, madePage, markdownTable } from './markdown.ts';

/** Variables that commands read, and what each of them is for. A test holds that the sources read no other of ours. */
export const COMMAND_VARIABLES: Readonly<Record<string, string>> = {
  LOCKSTEP_HOME:
    'folder of everything that commands keep on this machine; by default `.lockstep` in the working directory',
  LOCKSTEP_CACHE:
    'folder of what is built from the sources; by default `cache/` of `LOCKSTEP_HOME` where that is set, else `~/.cache/lockstep`',
  XDG_CACHE_HOME: 'in place of `~/.cache`',
  LOCKSTEP_TASK_UIDS:
    'for root: the first of 1,000 user ids that nobody uses; tasks of each host of the local cloud then run as one of their own instead of as root',
  LOCKSTEP_COMMAND: 'how the Python package starts the command, where it is not found by itself',
  NO_COLOR: 'takes the colours away',
  BROWSER: 'the program that `report --open` shows a report with',
};

/** Variables of a task that depend on the file system of its host. */
export const HOST_VARIABLES: Readonly<Record<string, string>> = {
  LOCKSTEP_SOCKET: 'the socket of the agent, for the SDKs',
  LOCKSTEP_TASK_TOKEN: 'what the SDKs show to the agent',
  LOCKSTEP_SCRATCH: 'a folder of this task for what need not outlive it',
  LOCKSTEP_ERROR_FILE: 'where a task may leave its error as JSON; the SDKs do',
};

const hostAt = (n: number) => ({
  ...{ instanceId: `i-${n}`, bootId: `boot-${n}`, nonce: `nonce-${n}`, address: `10.0.0.${n + 1}`, port: 7000 + n },
  tasks: [0, 1].map((local) => ({ rank: 2 * n + local, localRank: local, accelerators: [String(local)] })),
});

const GANG: Roster = {
  ...{ runId: 'digits-1', attempt: 0, hosts: [hostAt(0), hostAt(1)] },
  ...{ masterAddress: '10.0.0.1', masterPort: 29500 },
};

/** Every environment variable that a command reads or a task finds. */
export function variablesPage(): string {
  const settings = { vendor: 'nvidia', visibility: 'host', processes: undefined, maxRestarts: 9 } as const;
  const env = Object.entries(launchEnv(placeOf(GANG, 3, settings))).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows = (all: Readonly<Record<string, string>>) =>
    Object.entries(all).map(([name, about]) => [code(name), about]);
  const body = `## Of commands
${markdownTable(['variable', 'what it is for'], rows(COMMAND_VARIABLES))}

Region and credentials of a stack come from the variables and files that every AWS tool reads.

## Of tasks
A program for torchrun, TensorFlow, JAX, SageMaker or SkyPilot finds what its launcher would have set. These are the
values on rank 3 of two hosts with two tasks each, in the first attempt:

${markdownTable(
  ['variable', 'value'],
  env.map(([name, value]) => [code(name), code(value)]),
)}

Besides:

${markdownTable(['variable', 'what it is for'], rows(HOST_VARIABLES))}

\`task.env\` of the job adds more. No variable of whoever starts the run reaches a task.`;
  return madePage('Environment variables', 'core/launch and docs/made', body);
}
