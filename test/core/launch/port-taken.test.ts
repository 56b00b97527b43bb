import { describe, expect, it } from 'vitest';
import { isPortTaken } from '#core/launch/port-taken.ts';

const PORT = 29500;

/** As these programs have really printed them. */
const NAMES_THE_PORT: readonly [by: string, message: string][] = [
  [
    'torch 2.13',
    'torch.distributed.DistNetworkError: The server socket has failed to listen on any local network address. port: 29500, useIpv6: false, code: -98, name: EADDRINUSE, message: address already in use',
  ],
  ['Node 24', 'Error: listen EADDRINUSE: address already in use 127.0.0.1:29500'],
  [
    'asyncio of Python 3.11',
    "OSError: [Errno 98] error while attempting to bind on address ('127.0.0.1', 29500): address already in use",
  ],
];
const NAMES_NONE: readonly [by: string, message: string][] = [
  ['a socket of Python 3.11', 'OSError: [Errno 98] Address already in use'],
  ['JAX 0.10', 'jax.errors.JaxRuntimeError: UNKNOWN: Failed to start RPC server'],
];

describe('a stranger on the master port', () => {
  it.each(NAMES_THE_PORT)('is seen in what %s says, unless the attempt itself has the port', (_by, message) => {
    expect((['stranger', 'nobody', 'unknown'] as const).map((holder) => isPortTaken(message, PORT, holder))).toEqual([
      ...[true, true, true],
    ]);
    expect(isPortTaken(message, PORT, 'own')).toBe(false);
  });

  it.each(NAMES_NONE)('must be there where %s names no port', (_by, message) => {
    const held = (['stranger', 'nobody', 'unknown', 'own'] as const).map((holder) =>
      isPortTaken(message, PORT, holder),
    );
    expect(held).toEqual([true, false, false, false]);
  });

  it.each([
    ['another port', 'Error: listen EADDRINUSE: address already in use 127.0.0.1:8080'],
    ['a longer number', 'Error: listen EADDRINUSE: address already in use 127.0.0.1:295001'],
    ['the port alone', 'ConnectionRefusedError: 127.0.0.1:29500'],
  ])('is none where the message is of %s', (_what, message) => {
    expect(isPortTaken(message, PORT, 'nobody')).toBe(false);
  });
});
