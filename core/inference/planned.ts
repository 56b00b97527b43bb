import type { InferencePlan } from './plan.ts';
import { firstRound } from './round.ts';
import type { InferenceState } from './state.ts';

/** The state of a run that has its plan: whoever predicts is next, the hosts that its job asks for or a Distributed Map. */
export function planned(
  state: InferenceState,
  { plan, planUri }: { readonly plan: InferencePlan; readonly planUri: string },
  execution: string,
): InferenceState {
  const { compute, limits } = plan.job;
  const next = { ...state, planUri, partitions: plan.partitions.length, round: firstRound(execution) };
  if (compute === 'hosts') return { ...next, compute, execution };
  return { ...next, maxConcurrency: limits.maxConcurrency };
}
