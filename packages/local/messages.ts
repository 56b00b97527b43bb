/** What the library and the process that holds its cloud say to each other. */
import type { CloudAccess, CloudOptions } from '../../localstack/embedded/cloud.ts';

export interface StartMessage {
  readonly start: Omit<CloudOptions, 'assemblyDir'> & { readonly assemblyDir?: string };
}

export type Answer =
  | { readonly started: CloudAccess }
  | { readonly failed: { readonly code?: string; readonly message: string } };

export const STOP = 'stop';
