import type { ErrorCode } from '#core/errors.ts';
import type { Budget, TrainLimits } from '#core/job/job.ts';
import { codeOf, describe, describeExit } from '../cause.ts';
import type { Cause, Control, Member, TaskExit, Unfit } from '../records.ts';
import { exitsOf } from '../start.ts';
import { isCollateral } from './foreign-messages.ts';

/** Why an attempt ended, by all the evidence there is. */
export interface Verdict {
  /** What the failure is charged to; undefined where no restart may follow. */
  readonly budget: Budget | undefined;
  readonly code: ErrorCode;
  readonly message: string;
  /** The host to replace, where the fault is one host's. */
  readonly badHosts: readonly string[];
  /** The rank at fault, where it is one rank's. */
  readonly rank?: number;
  /** True where neither the program nor a host is to blame; `budget` is what it counts against once that goes on. */
  readonly isNobodysFault?: boolean;
}

/**
 * Tells the cause from its victims by the kind of evidence, never by time: clocks differ, and a victim's error is often
 * written first. A function of the set of records, so that their order means nothing.
 *
 * A host that went without proof of being clean outweighs everything tasks say: its peers fail within milliseconds of
 * it, long before anybody can know that it is gone.
 */
export function verdict(
  control: Control,
  members: readonly Member[],
  gone: ReadonlySet<string>,
  exitCodes: TrainLimits['exitCodes'] = {},
): Verdict {
  const { cause, overdue = [] } = control;
  const lost = members
    .filter(({ state, instanceId }) => state !== 'CLEAN' && gone.has(instanceId) && !overdue.includes(instanceId))
    .map((member) => member.instanceId)
    .sort();
  if (cause?.kind === 'cancelled' || cause?.kind === 'limit') return of(cause, undefined, lost);
  if (cause?.kind === 'preempted') return of(cause, 'preemption', [...new Set([...lost, cause.instanceId])].sort());
  if (cause?.kind === 'host-unfit') {
    // It is the same on every host, so another host would not help, nor another attempt.
    if (OF_THE_JOB.includes(cause.why)) return of(cause, undefined, lost);
    return of(cause, 'infrastructure', [...new Set([...lost, cause.instanceId])].sort());
  }
  if (cause?.kind === 'host-lost') {
    const badHosts = [...new Set([...lost, cause.instanceId])].sort();
    return of(cause, budgetOf([cause.instanceId], members), badHosts);
  }
  if (lost.length > 0) {
    const message = `host ${lost.join(', ')} was lost`;
    return { budget: budgetOf(lost, members), code: 'LS_HOST_LOST', message, badHosts: lost };
  }
  if (cause?.kind === 'not-formed') return of(cause, 'infrastructure', cause.missing);
  const culprit = behind(exitsOf(members), findCulprit(exitsOf(members), cause));
  if (culprit === undefined) {
    return cause === undefined
      ? { budget: 'infrastructure', code: 'LS_HOST_LOST', message: 'the attempt ended without a cause', badHosts: [] }
      : of(cause, 'user', []);
  }
  const host = members.find((member) => culprit.rank in member.exits)?.instanceId;
  const where = host === undefined ? '' : ` on ${host}`;
  const message = `rank ${culprit.rank}${where} ${describeExit(culprit.exit)}`;
  const policy = exitCodes[culprit.exit.signal ?? String(culprit.exit.code)] ?? 'user';
  return {
    budget: policy === 'fail' ? undefined : policy,
    ...{ code: 'LS_TASK_FAILED', message, rank: culprit.rank },
    ...(culprit.exit.portTaken === true && { isNobodysFault: true }),
    // The host of an exit that is none of the program's own is not to be trusted again.
    badHosts: policy === 'infrastructure' && host !== undefined ? [host] : [],
  };
}

/** Hosts that the provider has said it will take away. */
export const announced = (members: readonly Member[]): readonly string[] =>
  members.filter((member) => member.notice !== undefined).map((member) => member.instanceId);

/** A host that went after its notice was preempted, also where it went before the gang could stop for it. */
function budgetOf(lost: readonly string[], members: readonly Member[]): Budget {
  const expected = announced(members);
  return lost.every((instanceId) => expected.includes(instanceId)) ? 'preemption' : 'infrastructure';
}

const of = (cause: Cause, budget: Budget | undefined, badHosts: readonly string[]): Verdict => ({
  budget,
  code: codeOf(cause),
  message: describe(cause),
  badHosts,
});

/** What is wrong with the job itself. */
const OF_THE_JOB: readonly Unfit[] = ['code-damaged', 'environment-failed', 'secret-unreadable'];

interface Culprit {
  readonly rank: number;
  readonly exit: TaskExit;
}

/** The failed rank with the strongest evidence; among equals the lowest. */
function findCulprit(exits: Readonly<Record<number, TaskExit>>, cause: Cause | undefined): Culprit | undefined {
  const reported = cause?.kind === 'task-failed' ? { [cause.rank]: cause.exit } : {};
  const failed = Object.entries({ ...reported, ...exits })
    .map(([rank, exit]) => ({ rank: Number(rank), exit }))
    .filter(({ exit }) => exit.code !== 0 && !exit.stopped);
  return failed.sort((a, b) => strength(b.exit) - strength(a.exit) || a.rank - b.rank)[0];
}

/**
 * Of a gang that made no progress, the rank that is furthest behind: the others wait for it, and whichever of them was found
 * to wait first says nothing.
 */
function behind(exits: Readonly<Record<number, TaskExit>>, found: Culprit | undefined): Culprit | undefined {
  if (found?.exit.stalled !== true || found.exit.step === undefined) return found;
  const steps = Object.entries(exits).map(([rank, exit]) => ({
    rank: Number(rank),
    exit,
    step: exit.step ?? Infinity,
  }));
  const last = steps.reduce((least, each) => (each.step < least.step ? each : least));
  if (last.step >= found.exit.step) return found;
  const message = `no progress since step ${last.step}, while rank ${found.rank} waits at step ${found.exit.step}`;
  return { rank: last.rank, exit: { ...found.exit, message } };
}

/** Signals that a program brings upon itself, or the kernel for want of memory. */
const CRASHES = ['SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGKILL'];

function strength({ signal, message, stalled, portTaken }: TaskExit): number {
  // In words that are a victim's where there is a store to lose; here there never was one.
  if (stalled === true || portTaken === true) return 5;
  if (signal !== null) return CRASHES.includes(signal) ? 3 : 0;
  if (message === undefined) return 2;
  return isCollateral(message) ? 1 : 4;
}
