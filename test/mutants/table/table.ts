/**
 * What must not go unnoticed: a mutant for each condition of the gang's core, of the fleet and of the DynamoDB adapters,
 * and those of the flows whose order or check matters.
 */
import type { Mutant } from '../mutant.ts';
import { AGENT } from './agent.ts';
import { FLEET_MUTANTS } from './fleet.ts';
import { FLOWS } from './flows.ts';
import { GANG } from './gang.ts';
import { STORES_MUTANTS } from './stores.ts';

export const MUTANTS: readonly Mutant[] = [...AGENT, ...GANG, ...FLEET_MUTANTS, ...STORES_MUTANTS, ...FLOWS];
