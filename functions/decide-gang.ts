import type { Objects } from '#core/objects/ports.ts';
import type { Deciding } from '#core/training/state.ts';
import { type Decided, decideAttempt } from '#flows/gang/decide-attempt.ts';
import type { ControllerPorts } from '#flows/gang/gang-controller.ts';
import { parseDeciding } from '#formats/training/parse-state.ts';
import { fleetRuntime } from './fleet-runtime.ts';

/** Takes a gang whose attempt has ended to its next attempt, to its result, or to its end. */
export const decideGang = (state: Deciding, ports: ControllerPorts & { readonly objects: Objects }): Promise<Decided> =>
  decideAttempt(ports, state);

export const handler = (input: unknown) => decideGang(parseDeciding(input), fleetRuntime);
