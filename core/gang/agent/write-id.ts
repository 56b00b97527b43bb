import type { ControlWrite } from '../control-write.ts';
import type { AgentState } from './agent.ts';
import type { StoreEffect } from './effects.ts';

/** Names the agent's next control write. */
export const opId = ({ self, writes }: AgentState): string => `${self.instanceId}/${self.nonce}/${writes}`;

/** True for the name of a write that this agent made, also one whose reply was lost. */
export const isOwnWrite = ({ self }: AgentState, id: string): boolean =>
  id.startsWith(`${self.instanceId}/${self.nonce}/`);

/** The transition that an effect asks for, if it asks for one. */
export function writeOf(effect: StoreEffect): ControlWrite | undefined {
  if (effect.type === 'restart') return effect.restart.write;
  return effect.type === 'writeControl' ? effect.write : undefined;
}
