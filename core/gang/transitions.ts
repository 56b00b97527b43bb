/**
 * The phase machine of a gang on one page: every write of the control item there is. What the stores set and remove, the
 * phases in `phases.ts`, what explorer and simulator hold to be legal and the table in docs/barrier.md follow from it.
 *
 * Each write is one conditional update: it takes place only if the item is still of the attempt that the writer saw and
 * in one of the phases `from`, for a release or abort also of the same epoch, and in the search for hosts as nobody has
 * touched it since. Whether a write is due is decided
 * elsewhere (`seal`, `run`, `release` … in this domain), what it may do only here.
 */
import type { ControlWrite, Transition } from './control-write.ts';
import type { Cause, Control, Directive } from './records.ts';

const LIVE = ['STARTING', 'RUNNING'] as const;
const STOPPABLE = ['QUEUED', 'ACQUIRING', 'FORMING', ...LIVE] as const;
const ENDS = ['FAILED', 'CANCELLED'] as const;
const OF_ONE_ATTEMPT = ['cause', 'directive', 'overdue', 'givingBack'] as const;

/** `to` empty: the phase stays. `at`: what beside the phase must be as the writer saw it. `with`: written in one transaction. */
export const TRANSITIONS = {
  create: { from: [], to: ['QUEUED'], at: [], by: 'validate-job' },
  admit: { from: ['QUEUED'], to: ['ACQUIRING'], at: ['attempt'], by: 'admit-gang' },
  form: { from: ['ACQUIRING'], to: ['FORMING'], at: ['attempt', 'opId'], by: 'acquire-hosts' },
  giveBack: { from: ['ACQUIRING'], to: [], at: ['attempt', 'opId'], sets: ['givingBack'], by: 'acquire-hosts' },
  searchOn: { from: ['ACQUIRING'], to: [], at: ['attempt', 'opId'], clears: ['givingBack'], by: 'acquire-hosts' },
  seal: { from: ['FORMING'], to: ['STARTING'], at: ['attempt'], by: 'any agent', with: 'roster' },
  run: { from: ['STARTING'], to: ['RUNNING'], at: ['attempt'], by: 'any agent' },
  release: { from: LIVE, to: [], at: ['attempt', 'epoch'], sets: ['epoch'], by: 'any agent that waits' },
  abort: { from: LIVE, to: ['STOPPING'], at: ['attempt', 'epoch'], sets: ['cause'], by: 'any agent that waits' },
  direct: { from: LIVE, to: [], at: ['attempt'], sets: ['directive'], by: 'any agent, host-events' },
  stop: { from: STOPPABLE, to: ['STOPPING'], at: ['attempt'], sets: ['cause'], by: 'anybody' },
  succeed: { from: ['RUNNING'], to: ['SUCCEEDED'], at: ['attempt'], by: 'any agent' },
  condemn: { from: ['STOPPING'], to: [], at: ['attempt'], sets: ['overdue'], by: 'decide-gang' },
  drain: { from: ['STOPPING'], to: ['DRAINED'], at: ['attempt'], by: 'any agent, decide-gang' },
  raise: {
    ...{ from: ['DRAINED'], to: ['ACQUIRING'], at: ['attempt'], by: 'decide-gang', with: 'journal' },
    ...{ sets: ['attempt', 'epoch', 'charged'], clears: OF_ONE_ATTEMPT },
  },
  restart: {
    ...{
      from: ['DRAINED'],
      to: ['STARTING'],
      at: ['attempt'],
      by: 'any agent, decide-gang',
      with: 'roster and journal',
    },
    ...{ sets: ['attempt', 'epoch', 'charged'], clears: OF_ONE_ATTEMPT },
  },
  end: { from: ['DRAINED'], to: ENDS, at: ['attempt'], by: 'decide-gang', with: 'journal' },
  close: { from: ['STOPPING', 'DRAINED'], to: ENDS, at: ['attempt'], by: 'release-hosts' },
} as const satisfies Readonly<Record<string, Transition>>;

export type TransitionName = keyof typeof TRANSITIONS;
export type End = (typeof ENDS)[number];

/** A builder for each write but the first, which is `newGang`. `opId` names the write. */
export const transition = {
  admit: (now: Control, opId: string) => write('admit', now, opId),
  form: (now: Control, opId: string) => write('form', now, opId),
  /** Written before hosts are let go in the search for a whole gang: no step that has counted on them can form one. */
  giveBack: (now: Control, opId: string) => write('giveBack', now, opId, { givingBack: true }),
  /** Written when none of them is left: hosts that come from then on are nobody's to let go who looked before. */
  searchOn: (now: Control, opId: string) => write('searchOn', now, opId),
  seal: (now: Control, opId: string) => write('seal', now, opId),
  run: (now: Control, opId: string) => write('run', now, opId),
  release: (now: Control, opId: string) => write('release', now, opId, { epoch: now.epoch + 1 }),
  abort: (now: Control, opId: string, cause: Cause) => write('abort', now, opId, { cause }),
  direct: (now: Control, opId: string, directive: Directive) => write('direct', now, opId, { directive }),
  /** The first cause stays; the verdict over all exit records may later name another culprit. */
  stop: (now: Control, opId: string, cause: Cause) => write('stop', now, opId, { cause }),
  succeed: (now: Control, opId: string) => write('succeed', now, opId),
  /** Written before hosts are ended for being late, so that whoever judges later knows who ended them. */
  condemn: (now: Control, opId: string, overdue: readonly string[]) => write('condemn', now, opId, { overdue }),
  drain: (now: Control, opId: string) => write('drain', now, opId),
  raise: (now: Control, opId: string, charged: Control['charged']) => write('raise', now, opId, next(now, charged)),
  /** The next attempt on the same hosts, with the roster that it begins with: nobody has to look for hosts. */
  restart: (now: Control, opId: string, charged: Control['charged']) => write('restart', now, opId, next(now, charged)),
  end: (now: Control, opId: string, phase: End) => write('end', now, opId, { phase }),
  /** The end of a run whose workflow is over: every host is gone, whatever its tasks had to say. */
  close: (now: Control, opId: string, phase: End) => write('close', now, opId, { phase }),
} satisfies Readonly<Record<Exclude<TransitionName, 'create'>, unknown>>;

const next = ({ attempt }: Control, charged: Control['charged']) => ({ attempt: attempt + 1, epoch: 0, charged });

function write(name: TransitionName, now: Control, opId: string, set: ControlWrite['set'] = {}): ControlWrite {
  const { from, to, at, clears = [] }: Transition = TRANSITIONS[name];
  const [phase] = to;
  return {
    runId: now.runId,
    where: {
      ...{ attempt: now.attempt, phaseIn: from },
      ...(at.includes('epoch') && { epoch: now.epoch }),
      ...(at.includes('opId') && { opId: now.opId }),
    },
    set: { ...(phase !== undefined && { phase }), ...set },
    clear: clears,
    opId,
  };
}
