/** What a task that called barrier or allGather is told. */

export type BarrierResult =
  | { readonly ok: true; readonly epoch: number; readonly payloads?: readonly string[] }
  | { readonly ok: false; readonly code: BarrierRefusal; readonly message: string };

export type BarrierRefusal =
  | 'LS_BARRIER_MISMATCH'
  | 'LS_BARRIER_TIMEOUT'
  | 'LS_STALE_ATTEMPT'
  | 'LS_CANCELLED'
  | 'LS_TASK_FAILED'
  | 'LS_HOST_LOST';
