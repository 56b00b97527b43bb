import { applied, fits } from '#core/gang/condition.ts';
import type { Control, Roster } from '#core/gang/state.ts';
import type { ControlStore, ControlWrite, WriteResult } from '#core/ports.ts';

/** The control items and rosters in memory: the reference for the conditions that DynamoDB checks. */
export function memoryControl(): ControlStore {
  const controls = new Map<string, Control>();
  const rosters = new Map<string, Roster>();
  const rosterKey = (runId: string, attempt: number) => `${runId}/${attempt}`;

  function write(request: ControlWrite, isAllowed: () => boolean = () => true): WriteResult {
    const control = controls.get(request.runId);
    if (control === undefined) return { won: false, control };
    // The same write again, after a reply that was lost: it has been done.
    if (control.opId === request.opId) return { won: true, control };
    if (!fits(control, request.where) || !isAllowed()) return { won: false, control };
    const next = applied(control, request);
    controls.set(request.runId, next);
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
    seal: async (request, roster) => {
      const key = rosterKey(roster.runId, roster.attempt);
      const result = write(request, () => !rosters.has(key));
      if (result.won && !rosters.has(key)) rosters.set(key, roster);
      return result;
    },
    roster: async (runId, attempt) => rosters.get(rosterKey(runId, attempt)),
  };
}
