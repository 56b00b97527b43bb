import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { returnAfterS, returnsMax } from '#core/training/pace.ts';

const restarts = { user: 0, infrastructure: 3, preemption: 10 };
const MOST = returnsMax({ restarts });

describe('a step that comes back to itself', () => {
  it('waits as long as it asks for while half of the returns are left', () => {
    expect(returnAfterS({ returns: MOST / 2 - 1, waitS: 7, leftS: 1e6 }, { restarts })).toBe(7);
    expect(returnAfterS({ returns: MOST / 2 + 1, waitS: 7, leftS: 1e6 }, { restarts })).toBeGreaterThan(1_000);
  });

  it('never comes back more often than there is room for, whatever it asks for, and always before its time is up', () => {
    let [leftS, returns] = [20 * 24 * 3600, 0];
    for (; leftS > 0; returns++) leftS -= returnAfterS({ returns, waitS: 1, leftS }, { restarts });
    expect(leftS).toBe(0);
    expect(returns).toBeLessThanOrEqual(MOST);
    expect(returns).toBeGreaterThan(MOST / 2);
  });

  it('has less room the more restarts a run may have', () => {
    expect(returnsMax({ restarts: { ...restarts, user: 100 } })).toBe(MOST - 300);
  });

  it('costs what the definition says: the function, Pace, Pause and Route', () => {
    const { States } = JSON.parse(readFileSync('test/infra/golden/training.asl.json', 'utf8'));
    for (const step of ['Stage', 'Admit', 'Acquire', 'Decide']) {
      expect([step, States[step].Type, States[step].Next]).toEqual([step, 'Task', 'Pace']);
    }
    const [waits] = States.Pace.Choices;
    expect([waits.Next, States.Pause.Type, States.Pause.Next, States.Pace.Default]).toEqual([
      ...['Pause', 'Wait', 'Route', 'Route'],
    ]);
    expect(States.Route.Choices.map(({ Next }: { Next: string }) => Next)).toContain('Acquire');
  });
});
