/** What the start of tasks needs of the world. */
import type { SecretReference } from '../job/secrets.ts';

/** Parameters and secrets that somebody keeps for tasks. */
export interface Secrets {
  /** The whole text. LS_SECRET_UNREADABLE where there is none, or where it may not be read: no other host could. */
  read(reference: SecretReference): Promise<string>;
}
