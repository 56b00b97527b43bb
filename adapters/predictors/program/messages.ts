/** What a program of the user's and the one that feeds it say to each other. Rows travel as Arrow IPC. */
import type { ErrorCode } from '#core/errors.ts';
import type { PredictionField } from '#core/inference/prediction.ts';

/** `begin` starts one pass over rows, and there is one at a time; without fields they are found. */
export type ToProgram =
  | { readonly begin: true; readonly fields?: readonly PredictionField[] }
  | { readonly rows: Uint8Array }
  | { readonly end: true };

/**
 * `wants` asks for the next rows; `given` are predictions, in the order of the rows. A pass that has `failed` is over, and
 * where the program still runs another may begin. @default code LS_PREDICTION_FAILED
 */
export type FromProgram =
  | { readonly loaded: true; readonly versions: Readonly<Record<string, string>> }
  | { readonly wants: true }
  | { readonly given: Uint8Array; readonly fields: readonly PredictionField[] }
  | { readonly done: true }
  | { readonly failed: string; readonly code?: ErrorCode };
