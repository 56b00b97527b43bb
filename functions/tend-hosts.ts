import type { InferenceState } from '#core/inference/state.ts';
import { tendHosts } from '#flows/inference/hosts-tend.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** Hosts: launches those that predict for a run, and looks whether they are done. */
export const handler = (state: InferenceState) => tendHosts(fleetRuntime, state);
