/** What the thread of a module and the one that feeds it say to each other. Rows travel as Arrow IPC files. */
import type { PredictionField } from '#core/inference/prediction.ts';

export interface ModuleThreadData {
  /** The bundled module. */
  readonly path: string;
}

/** `begin` starts one pass over rows, and there is one at a time; without fields they are found. */
export type ToModule =
  | { readonly begin: true; readonly fields?: readonly PredictionField[] }
  | { readonly rows: Uint8Array }
  | { readonly end: true };

/** `wants` asks for the next rows; `given` are predictions, in the order of the rows. */
export type FromModule =
  | { readonly loaded: true }
  | { readonly wants: true }
  | { readonly given: Uint8Array; readonly fields: readonly PredictionField[] }
  | { readonly done: true }
  | { readonly failed: string };
