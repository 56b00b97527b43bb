import { describe, expect, it } from 'vitest';
import { gatherRefusal, gatherSeconds } from '#core/gang/barrier/gather-time.ts';

const LARGE = { hosts: 16, worldSize: 128, payloadBytes: 65_536 };

describe('an allGather', () => {
  it('takes as long as the partitions need: of 64 KB on 16 hosts with 8 tasks, 2 s to write and 3 s to read', () => {
    // 8,192 writes of 1 KB at 4,000 a second, 32,768 reads of 4 KB at 12,000.
    expect(gatherSeconds(LARGE)).toBeCloseTo(8_192 / 4_000 + 32_768 / 12_000, 5);
    // One partition for up to 32 ranks: 512 writes at 1,000, 1,024 reads at 3,000.
    expect(gatherSeconds({ hosts: 8, worldSize: 8, payloadBytes: 65_536 })).toBeCloseTo(0.512 + 1_024 / 3_000, 5);
  });

  it('is refused with the numbers where its deadline is shorter, and only there', () => {
    expect(gatherRefusal(LARGE, 5_000)).toBeUndefined();
    expect(gatherRefusal(LARGE, 4_000)).toMatch(
      /^65536 bytes from each of 128 ranks are 8.0 MB that each of 16 hosts reads: .* 5 s at the least, and the deadline is 4 s/,
    );
    expect(gatherRefusal({ hosts: 1000, worldSize: 8000, payloadBytes: 65_536 }, 600_000)).toMatch(/500.0 MB/);
    expect(gatherRefusal({ hosts: 1, worldSize: 2, payloadBytes: 100 }, 250)).toBeUndefined();
  });
});
