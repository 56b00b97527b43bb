import { describe, expect, it } from 'vitest';
import { type Arm, race } from '../../bench/peers/arms.ts';
import { foreignShare } from '../../bench/peers/noise.ts';
import { pageOf } from '../../bench/peers/page.ts';

const arm = (name: string, log: string[]): Arm => ({
  name,
  async run() {
    log.push(name);
    return { wholeS: log.length };
  },
});

describe('a race of peers', () => {
  it('lets the arms take turns, after one lap of each that does not count', async () => {
    const log: string[] = [];
    const share = async (work: () => Promise<{ wholeS: number }>) => ({ lap: await work(), foreign: 0 });
    const { arms, noisy } = await race('r', [arm('a', log), arm('b', log)], { laps: 2, foreignMax: 0.1, share });
    expect(log.join('')).toBe('ababab');
    expect(arms).toEqual([
      { name: 'a', laps: [{ wholeS: 3 }, { wholeS: 5 }] },
      { name: 'b', laps: [{ wholeS: 4 }, { wholeS: 6 }] },
    ]);
    expect(noisy).toBe(0);
  });

  it('throws away what was measured while others had the machine, and takes it again', async () => {
    const log: string[] = [];
    const noise = [0, 0.5, 0.05];
    const share = async (work: () => Promise<{ wholeS: number }>) => ({
      lap: await work(),
      foreign: noise.shift() ?? 0,
    });
    const { arms, noisy } = await race('r', [arm('a', log)], { laps: 2, foreignMax: 0.1, share });
    expect(arms[0]?.laps).toEqual([{ wholeS: 2 }, { wholeS: 4 }]);
    expect(noisy).toBe(1);
  });

  it('gives the machine its due: what this process and its children used is not foreign', () => {
    const share = foreignShare({ machine: 1000, own: 200 }, { machine: 1300, own: 450 }, 1, 100);
    expect(share).toBeGreaterThan(0);
    expect(foreignShare({ machine: 1000, own: 0 }, { machine: 1100, own: 150 }, 1, 100)).toBe(0);
  });

  it('tells lost races, and those that could not be run', () => {
    const race = {
      name: 'Arrow',
      arms: [
        { name: 'ours', laps: [{ wholeS: 4, workS: 2 }] },
        { name: 'theirs', laps: [{ wholeS: 1, workS: 1 }] },
      ],
      noisy: 3,
    };
    const page = pageOf([race, { name: 'Parquet', arms: [], noisy: 0, notRun: 'LS_ARROW_UNSUPPORTED: no' }], {
      date: '2026-01-02',
      versions: 'Node 24',
    });
    expect(page).toContain('| theirs | 1.00 (1.00–1.00) | 1.00 (1.00–1.00) | 0.25 × | 0.50 × |');
    expect(page).toContain('3 samples were thrown away');
    expect(page).toContain('## Parquet\nNot run: LS_ARROW_UNSUPPORTED: no');
  });
});
