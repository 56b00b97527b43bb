import type { AttemptEnd } from '#core/gang/attempt-end.ts';
import { applied, fits } from '#core/gang/condition.ts';
import type { ControlWrite } from '#core/gang/control-write.ts';
import type { Beside, ControlStore, Journal, WriteResult } from '#core/gang/ports.ts';
import type { Control, Roster } from '#core/gang/records.ts';

/** Called at each transition, in the order in which they take effect. */
export type OnTransition = (before: Control, after: Control, roster: Roster | undefined) => void;

/** The control items, rosters and journals in memory: the reference for the conditions that DynamoDB checks. */
export function memoryControl(onTransition: OnTransition = () => undefined): ControlStore & Journal {
  const controls = new Map<string, Control>();
  const rosters = new Map<string, Roster>();
  const journals = new Map<string, readonly AttemptEnd[]>();
  const rosterKey = (runId: string, attempt: number) => `${runId}/${attempt}`;

  function write(request: ControlWrite, { roster, end }: Beside = {}): WriteResult {
    const control = controls.get(request.runId);
    if (control === undefined) return { won: false, control };
    // The same write again, after a reply that was lost: it has been done.
    if (control.opId === request.opId) return { won: true, control };
    const key = roster === undefined ? undefined : rosterKey(roster.runId, roster.attempt);
    const isSealed = key !== undefined && rosters.has(key);
    const isTold =
      end !== undefined && (journals.get(request.runId) ?? []).some(({ attempt }) => attempt === end.attempt);
    if (!fits(control, request.where) || isSealed || isTold) return { won: false, control };
    const next = applied(control, request);
    controls.set(request.runId, next);
    if (key !== undefined && roster !== undefined) rosters.set(key, roster);
    if (end !== undefined) journals.set(request.runId, [...(journals.get(request.runId) ?? []), end]);
    onTransition(control, next, roster);
    return { won: true, control: next };
  }

  return {
    create: async (control) => {
      const before = controls.get(control.runId);
      if (before !== undefined) return { won: before.opId === control.opId, control: before };
      controls.set(control.runId, control);
      return { won: true, control };
    },
    read: async (runId) => controls.get(runId),
    write: async (request) => write(request),
    commit: async (request, beside) => write(request, beside),
    roster: async (runId, attempt) => rosters.get(rosterKey(runId, attempt)),
    endings: async (runId) => journals.get(runId) ?? [],
  };
}
