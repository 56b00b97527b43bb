import type { InferJob } from '../job/job.ts';
import { OBJECTS } from '../names.ts';
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
  return { ...next, itemsKey: OBJECTS.items(state.runId), maxConcurrency: limits.maxConcurrency };
}

/** True for a job whose plan takes a Python, which functions have not and hosts may have: what it predicts with tells the fields. */
export const isPlannedByHosts = ({ compute, predict }: Pick<InferJob, 'compute' | 'predict'>): boolean =>
  compute === 'hosts' && predict.kind === 'python';

/** The state of a run whose hosts make its plan. */
export const plannedByHosts = (state: InferenceState, execution: string): InferenceState => ({
  ...{ ...state, round: firstRound(execution), compute: 'hosts', execution },
});
