import { describe, expect, it } from 'vitest';
import { COLLATERAL, isCollateral } from '#core/gang/controller/foreign-messages.ts';

/** As these programs printed them, from their sources and from reports of users; addresses and numbers as they came. */
const REAL: readonly (readonly [(typeof COLLATERAL)[number]['from'], string])[] = [
  [
    'sockets',
    'RuntimeError: [../third_party/gloo/gloo/transport/tcp/pair.cc:598] Connection closed by peer [10.0.0.2]:8594',
  ],
  ['sockets', 'ssh: connect to host 10.0.0.7 port 22: Connection refused'],
  ['sockets', 'fatal: write error: Broken pipe'],
  ['Node', 'Error: read ECONNRESET\n    at TCP.onStreamRead (node:internal/stream_base_commons:216:20)'],
  ['Node', 'Error: connect ECONNREFUSED 10.60.0.12:29500'],
  ['Node', 'Error: write EPIPE'],
  ['Node', 'Error: socket hang up\n    at Socket.socketOnEnd (node:_http_client:542:25)'],
  ['Python', 'ConnectionResetError: [Errno 104] Connection reset by peer'],
  ['Python', 'BrokenPipeError: [Errno 32] Broken pipe'],
  [
    'torch',
    'torch.distributed.DistNetworkError: Failed to recv, got 0 bytes. Connection was likely closed. Did the remote server shutdown or crash?',
  ],
  [
    'torch',
    '[rank30]:[W111 00:54:10.905768298 TCPStore.cpp:125] [c10d] recvValue failed on SocketImpl(fd=99, addr=[::ffff:172.16.21.245]:38760, remote=[::ffff:172.16.11.34]:42643): Failed to recv, got 0 bytes. Connection was likely closed. Did the remote server shutdown or crash?',
  ],
  [
    'torch',
    '[rank0]:[E1218 20:27:21.426415540 ProcessGroupNCCL.cpp:629] [Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=1, OpType=BROADCAST, NumelIn=131072000, NumelOut=131072000, Timeout(ms)=600000) ran for 600081 milliseconds before timing out.',
  ],
  [
    'torch',
    "torch.distributed.DistBackendError: [1] is setting up NCCL communicator and retrieving ncclUniqueId from [0] via c10d key-value store by key '0', but store->get('0') got error: Connection reset by peer",
  ],
  ['torch', 'RuntimeError: Rank 1 failed to pass monitoredBarrier in 2000 ms'],
  [
    'gloo',
    'RuntimeError: [/pytorch/third_party/gloo/gloo/transport/tcp/unbound_buffer.cc:78] Timed out waiting 15000ms for recv operation to complete',
  ],
  [
    'gloo',
    'RuntimeError: Gloo connectFullMesh failed with [../third_party/gloo/gloo/transport/tcp/pair.cc:144] no error',
  ],
  ['NCCL', 'ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.'],
  [
    'NCCL',
    'NCCL error in: ../torch/csrc/distributed/c10d/NCCLUtils.cpp:77, NCCL error: remote process exited or there was a network error, NCCL version 2.26.2',
  ],
  ['NCCL', 'NCCL WARN NET/IB : Got completion from peer 10.0.0.3<41000> with error 12, opcode 0, completion error'],
  ['NCCL', 'socketPollConnect: connect returned Connection refused, exceeded error retry count (35)'],
  ['MPI', 'PRTE has lost communication with a remote daemon.\n\n  HNP daemon   : [prterun-job@0,0] on node head'],
  ['MPI', 'ORTE has lost communication with a remote daemon.'],
  ['MPI', 'mpirun noticed that process rank 1 with PID 0 on node host-b exited on signal 9 (Killed).'],
  [
    'MPI',
    '[host-a][[1234,1],0][btl_tcp_frag.c:241:mca_btl_tcp_frag_recv] mca_btl_tcp_frag_recv: readv failed: Connection reset by peer (104)',
  ],
  [
    'JAX',
    'F0926 17:26:32.075587  157988 client.h:77] Terminating process because the JAX distributed service detected fatal errors. This most likely indicates that another task died; see the other task logs for more details.',
  ],
  [
    'JAX',
    'absl::Status: UNAVAILABLE: The following tasks are unhealthy (stopped sending heartbeats):\n/job:jax_worker/replica:0/task:3',
  ],
  [
    'JAX',
    'jaxlib.xla_extension.XlaRuntimeError: DEADLINE_EXCEEDED: Barrier timed out. Barrier_id: PjRT_Client_Connect',
  ],
  [
    'JAX',
    'XlaRuntimeError: UNAVAILABLE: failed to connect to all addresses; last error: UNKNOWN: ipv4:10.0.0.1:1234: Failed to connect to remote host',
  ],
  ['Lockstep', 'LS_HOST_LOST: the gang is stopping: host i-1 was lost: no heartbeat for 8 s'],
];

describe('a message of a program that lost its peer', () => {
  it.each(REAL)('%s: %s', (_, message) => {
    expect(isCollateral(message)).toBe(true);
  });

  it('has a pattern that is held by a message of the same program, and each pattern is needed', () => {
    for (const { from, pattern } of COLLATERAL) {
      expect(
        REAL.some(([program, message]) => program === from && pattern.test(message)),
        String(pattern),
      ).toBe(true);
    }
  });
});

describe('an error of the user is the cause, whatever words it contains:', () => {
  it.each([
    'ValueError: peer review failed',
    'TimeoutError: the request timed out in my parser',
    'RuntimeError: NCCL is not installed',
    'ModuleNotFoundError: No module named "gloo"',
    'AssertionError: heartbeat column missing',
    'KeyError: "connection"',
    'ValueError: timeout must be positive',
    "RuntimeError: Distributed package doesn't have NCCL built in",
    'ImportError: libmpi.so.40: cannot open shared object file',
    'FileNotFoundError: broken pipeline.yaml',
    'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB',
    'ncclInvalidUsage: This usually reflects invalid usage of NCCL library.',
  ])('%s', (message) => {
    expect(isCollateral(message)).toBe(false);
  });
});
