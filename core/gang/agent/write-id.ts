import type { AgentState } from './agent.ts';

/** Names the agent's next control write. */
export const opId = ({ self, writes }: AgentState): string => `${self.instanceId}/${self.nonce}/${writes}`;

/** True for the name of a write that this agent made, also one whose reply was lost. */
export const isOwnWrite = ({ self }: AgentState, id: string): boolean =>
  id.startsWith(`${self.instanceId}/${self.nonce}/`);
