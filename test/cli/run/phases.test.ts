import { expect, it } from 'vitest';
import { phasesOf, stays } from '../../../cli/run/phases.ts';

const visit = (state: string, enteredAt: number, exitedAt?: number) => ({
  state,
  enteredAt,
  ...(exitedAt !== undefined && { exitedAt }),
});

it('joins neighbouring states to one stay, with what lies between them', () => {
  const visits = [
    visit('Validate', 0, 400),
    visit('Pace', 400, 410),
    visit('Stage', 410, 1000),
    visit('Admit', 1000, 1200),
  ];
  expect(stays(visits, 9999)).toEqual([
    { phase: 'stage', from: 0, to: 1000 },
    { phase: 'acquire', from: 1000, to: 1200 },
  ]);
});

it('counts a phase that comes again with what it took before', () => {
  const visits = [visit('Run', 0, 3000), visit('Acquire', 3000, 4000), visit('Run', 4000, 4500)];
  expect(phasesOf(stays(visits, 9999))).toEqual({ train: 3.5, acquire: 1 });
});

it('lets the state that is not over last until now', () => {
  expect(stays([visit('Run', 1000)], 1500)).toEqual([{ phase: 'train', from: 1000, to: 1500 }]);
});

it('leaves out what comes before any phase', () => {
  expect(stays([visit('Planned', 0, 10)], 20)).toEqual([]);
});
