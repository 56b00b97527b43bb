/**
 * What programs that we did not write say when a peer has left them: true, but not the cause. A pattern belongs to one
 * program's own wording, never to a word alone, because an error of the user's ("peer review failed") may contain any
 * word. The test holds each row against messages that these programs have really printed.
 */
export interface ForeignMessage {
  readonly from: 'sockets' | 'Node' | 'Python' | 'torch' | 'gloo' | 'NCCL' | 'MPI' | 'JAX' | 'Lockstep';
  readonly pattern: RegExp;
}

export const COLLATERAL: readonly ForeignMessage[] = [
  { from: 'sockets', pattern: /\bConnection (?:reset|refused|closed) by (?:remote )?peer\b/i },
  { from: 'sockets', pattern: /\bConnection refused\b/ },
  { from: 'sockets', pattern: /\bBroken pipe\b/ },
  { from: 'Node', pattern: /\b(?:read|write|connect|send) (?:ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|EHOSTUNREACH)\b/ },
  { from: 'Node', pattern: /\bError: socket hang up\b/ },
  {
    from: 'Python',
    pattern: /^(?:ConnectionResetError|ConnectionRefusedError|ConnectionAbortedError|BrokenPipeError)\b/m,
  },
  { from: 'torch', pattern: /\bDistNetworkError: |\bDistStoreError: / },
  { from: 'torch', pattern: /\bConnection was likely closed\. Did the remote server shutdown or crash\?/ },
  { from: 'torch', pattern: /\bWatchdog caught collective operation timeout: / },
  { from: 'torch', pattern: /\bstore->get\('[^']*'\) got error: / },
  { from: 'torch', pattern: /\bRank \d+ failed to pass monitoredBarrier\b/ },
  { from: 'gloo', pattern: /\bgloo\/transport\/\w+\/\w+\.cc:\d+\]/ },
  { from: 'gloo', pattern: /\bGloo connectFullMesh failed\b/ },
  { from: 'NCCL', pattern: /\bncclRemoteError\b|\bNCCL error: remote process exited\b/ },
  { from: 'NCCL', pattern: /\bNET\/(?:IB|Socket) : .*(?:completion|connect|Connect).*(?:error|failed)/ },
  {
    from: 'NCCL',
    pattern: /\bsocket(?:PollConnect|Progress\w*): (?:connect returned|Connection closed by remote peer)/,
  },
  { from: 'MPI', pattern: /\b(?:ORTE|PRTE) has lost communication with a remote daemon\b/ },
  { from: 'MPI', pattern: /\b(?:mpirun|prterun) noticed that process rank \d+ .* exited on signal\b/ },
  { from: 'MPI', pattern: /\bmca_btl_tcp_\w+\] .*(?:failed|Connection reset)/ },
  { from: 'JAX', pattern: /\banother task died; see the other task logs\b/ },
  { from: 'JAX', pattern: /\bThe following tasks are unhealthy \(stopped sending heartbeats\)/ },
  { from: 'JAX', pattern: /\bDEADLINE_EXCEEDED: Barrier timed out\b/ },
  {
    from: 'JAX',
    pattern: /\bUNAVAILABLE: .*(?:failed to connect to all addresses|Socket closed|Connection reset|heartbeat)/i,
  },
  { from: 'Lockstep', pattern: /\bLS_(?:STALE_ATTEMPT|CANCELLED|HOST_LOST|TASK_FAILED)\b/ },
];

/** True for a message of a foreign program that only says that another has gone. */
export const isCollateral = (message: string): boolean => COLLATERAL.some(({ pattern }) => pattern.test(message));
