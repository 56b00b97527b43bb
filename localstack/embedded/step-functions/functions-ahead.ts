import type { State, States } from './asl.ts';

/**
 * The functions that are invoked first after a state: of the states that it leads to, over choices and passes, if all goes
 * well. A Wait leaves time enough for what comes behind it, and few that could wait do. A Map and a Parallel begin with those
 * of their own first states.
 */
export function functionsAhead(states: States, name: string): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const lead = (to: readonly string[]): void => {
    for (const next of to) {
      if (seen.has(next)) continue;
      seen.add(next);
      const state = states.States[next] as State;
      if (state.Type === 'Wait') continue;
      const functions = functionsOf(state);
      for (const each of functions) found.add(each);
      if (functions.length === 0) lead(successes(state));
    }
  };
  lead(successes(states.States[name] as State));
  return [...found];
}

/** What a state itself begins with. */
function functionsOf(state: State): readonly string[] {
  if (state.Type === 'Map') return state.ItemProcessor === undefined ? [] : firstFunctions(state.ItemProcessor);
  if (state.Type === 'Parallel') return state.Branches.flatMap(firstFunctions);
  if (state.Type !== 'Task') return [];
  if (/^arn:[\w-]+:lambda:/.test(state.Resource)) return [state.Resource];
  const { FunctionName } = (state.Parameters ?? {}) as { readonly FunctionName?: unknown };
  return state.Resource.includes(':::lambda:invoke') && typeof FunctionName === 'string' ? [FunctionName] : [];
}

const firstFunctions = (inner: States): readonly string[] => {
  const own = functionsOf(inner.States[inner.StartAt] as State);
  return own.length > 0 ? own : functionsAhead(inner, inner.StartAt);
};

/** Where a state leads that does not fail. */
function successes(state: State): readonly string[] {
  if (state.Type === 'Choice') {
    const fallback = state.Default === undefined ? [] : [state.Default];
    return [...state.Choices.map(({ Next }) => Next), ...fallback];
  }
  return 'Next' in state && state.Next !== undefined ? [state.Next] : [];
}
