import { expect, test } from 'vitest';
import { newGang } from '#core/gang/new-gang.ts';
import type { Member } from '#core/gang/records.ts';
import { seal } from '#core/gang/roster/seal.ts';
import { GANG_DEFAULTS } from '#core/job/defaults.ts';
import { rosterBytesMax } from '#core/job/feasibility.ts';

const UUID = '01234567-89ab-cdef-0123-456789abcdef';

/** The roster that a gang of such hosts seals, everything in it as long as it can be. */
function rosterBytes(hosts: number, tasksPerHost: number, gpuPerTask: number): number {
  const runId = 'r'.repeat(80);
  const count = Math.ceil(tasksPerHost * gpuPerTask);
  const members = Array.from({ length: hosts }, (_, n): Member => {
    const instanceId = `i-${n.toString(16).padStart(17, '0')}`;
    return {
      ...{ runId, attempt: 99, instanceId, bootId: UUID, nonce: UUID, seq: 1, state: 'READY', exits: {} },
      ...{ address: '255.255.255.255', port: 65_535, masterPort: 65_535 },
      accelerators: Array.from({ length: count }, (_, address) => String(address)),
    };
  });
  const control = { ...newGang({ runId, owner: 'e', hosts, tasksPerHost, specHash: '', opId: '' }), attempt: 99 };
  const sealed = seal({ control, members, previous: undefined, gpuPerTask, opId: '' });
  return Buffer.byteLength(JSON.stringify(sealed?.roster));
}

test.each([
  [1, 1, 1],
  [64, 8, 1],
  [1000, 1, 1],
  [1000, 1, 16],
  [630, 8, 1],
  [300, 16, 0.5],
])('no roster is larger than what is reckoned for it: %i hosts with %i tasks of %f', (hosts, tasksPerHost, gpu) => {
  const reckoned = rosterBytesMax({ ...GANG_DEFAULTS, hosts, tasksPerHost, perTask: { gpu }, instanceTypes: [] });
  const real = rosterBytes(hosts, tasksPerHost, gpu);
  expect(reckoned).toBeGreaterThanOrEqual(real);
  // Nor is what would fit refused by far.
  expect(reckoned).toBeLessThan(1.5 * real + 1024);
});
