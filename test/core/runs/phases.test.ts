import { describe, expect, it } from 'vitest';
import { phasesOf, stays } from '#core/runs/phases.ts';

const visit = (state: string, enteredAt: number, exitedAt?: number, hasFailed?: true) => ({
  ...{ state, enteredAt },
  ...(exitedAt !== undefined && { exitedAt }),
  ...(hasFailed && { hasFailed }),
});

it('joins neighbouring states to one stay, with what lies between them', () => {
  const visits = [
    visit('Validate', 0, 400),
    visit('Pace', 400, 410),
    visit('Stage', 410, 1000),
    visit('Admit', 1000, 1200),
  ];
  expect(stays(visits, 9999)).toEqual([
    { phase: 'stage', from: 0, to: 1000, outcome: 'done' },
    { phase: 'acquire', from: 1000, to: 1200, outcome: 'done' },
  ]);
});

it('counts a phase that comes again with what it took before', () => {
  const visits = [visit('Run', 0, 3000), visit('Acquire', 3000, 4000), visit('Run', 4000, 4500)];
  expect(phasesOf(stays(visits, 9999))).toEqual({ train: 3.5, acquire: 1 });
});

it('lets the state that is not over last until now', () => {
  expect(stays([visit('Run', 1000)], 1500)).toEqual([{ phase: 'train', from: 1000, to: 1500, outcome: 'open' }]);
});

it('leaves out what comes before any phase', () => {
  expect(stays([visit('Planned', 0, 10)], 20)).toEqual([]);
});

/** The states in turn, a second each; `!` marks one that failed, `…` the one that is not over. */
const outcomes = (states: string) => {
  const visits = states.split(' ').map((word, i) => {
    const end = word.endsWith('…') ? undefined : i + 1;
    return visit(word.replace(/[!…]$/, ''), i, end, word.endsWith('!') ? true : undefined);
  });
  return stays(visits, 99)
    .map(({ phase, outcome }) => `${phase} ${outcome}`)
    .join(', ');
};

describe('a phase', () => {
  it('is done where what it leads to follows', () => {
    expect(outcomes('Validate Route Stage Pace Route Admit Acquire Run Decide Publish Release Succeeded')).toBe(
      'stage done, acquire done, train done, publish done, release done',
    );
    expect(outcomes('Plan Partitions Commit')).toBe('plan done, infer done, commit done');
  });

  it('has failed with the attempt that died in it, and is done with the one that succeeded', () => {
    expect(outcomes('Acquire Run Decide Acquire Run Decide Publish Release')).toBe(
      'acquire done, train failed, acquire done, train done, publish done, release done',
    );
  });

  it('goes on where healthy hosts begin the next attempt at once', () => {
    expect(outcomes('Run Decide Run…')).toBe('train open');
  });

  it('is not blamed for what failed before it: hosts are released on failed runs too', () => {
    expect(outcomes('Run Decide Route Release Ended Refused')).toBe('train failed, release done');
    expect(outcomes('Publish! Release Broken')).toBe('publish failed, release done');
    expect(outcomes('Release! NotReleased')).toBe('release failed');
  });

  it('has failed where a run ended in it, also between its states', () => {
    expect(outcomes('Stage Admit Pause!')).toBe('stage done, acquire failed');
    expect(outcomes('Acquire Decide Release')).toBe('acquire failed, release done');
    expect(outcomes('Partitions! Commit!')).toBe('infer failed, commit failed');
  });
});
