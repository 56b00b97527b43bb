import { describe, expect, it } from 'vitest';
import { plainScreen } from '../../../cli/output/screen.ts';

function screen() {
  const lines: string[] = [];
  const time = { now: 0 };
  return {
    lines,
    time,
    screen: plainScreen(
      (line) => lines.push(line),
      () => time.now,
    ),
  };
}

describe('progress where there is no terminal', () => {
  it('is a line when a phase begins and one when it ends', () => {
    const { lines, time, screen: plain } = screen();
    plain.phase('stage');
    time.now = 1500;
    plain.phase('train');
    plain.end();
    expect(lines).toEqual(['stage: started', 'stage: done in 1.5 s', 'train: started', 'train: done in 0.0 s']);
  });

  it('says of a phase that it failed', () => {
    const { lines, screen: plain } = screen();
    plain.phase('train');
    plain.phase('release', { before: 'failed' });
    plain.phase('release', { before: 'failed' });
    plain.fail();
    plain.fail();
    expect(lines).toEqual([
      ...['train: started', 'train: failed after 0.0 s'],
      ...['release: started', 'release: failed after 0.0 s'],
    ]);
  });

  it('believes what it is told of phases that it has not seen from their beginning', () => {
    const { lines, time, screen: plain } = screen();
    plain.phase('stage', { forMs: 60_000 });
    plain.phase('train', { beforeMs: 40_000, forMs: 20_000 });
    time.now = 1_000;
    plain.end();
    expect(lines).toEqual(['stage: started', 'stage: done in 40.0 s', 'train: started', 'train: done in 21.0 s']);
  });

  it('does not begin a phase again that goes on', () => {
    const { lines, screen: plain } = screen();
    plain.phase('train');
    plain.phase('train');
    expect(lines).toEqual(['train: started']);
  });

  it('says how far it is at most once in five seconds', () => {
    const { lines, time, screen: plain } = screen();
    plain.phase('train');
    for (time.now = 0; time.now < 12_000; time.now += 1000) plain.progress(time.now / 20_000, 'loss 0.1');
    expect(lines.slice(1)).toEqual(['train: 25 %, loss 0.1', 'train: 50 %, loss 0.1']);
  });
});
