import type { Crew } from '#core/inference/crew.ts';
import type { CrewStore } from '#core/inference/ports.ts';

const ORDER = ['OPEN', 'ENDING', 'ENDED'];

/** Crews in memory. */
export function memoryCrews(): CrewStore {
  const crews = new Map<string, Crew>();
  return {
    async open(crew) {
      const before = crews.get(crew.runId);
      const isNext = before === undefined ? crew.attempt === 0 : before.attempt + 1 === crew.attempt;
      if (before !== undefined && !(isNext && before.phase === 'ENDED')) return before;
      crews.set(crew.runId, crew);
      return crew;
    },
    read: async (runId) => crews.get(runId),
    async move(runId, attempt, phase) {
      const before = crews.get(runId);
      if (before?.attempt !== attempt) return undefined;
      const after = ORDER.indexOf(phase) > ORDER.indexOf(before.phase) ? { ...before, phase } : before;
      crews.set(runId, after);
      return after;
    },
    async fail(runId, attempt, failure) {
      const before = crews.get(runId);
      if (before?.attempt !== attempt || before.phase !== 'OPEN' || before.failure !== undefined) return;
      crews.set(runId, { ...before, failure });
    },
    list: async () => [...crews.values()].filter(({ phase }) => phase !== 'ENDED').map(({ runId }) => runId),
  };
}
