/**
 * The protocol, explored to the last state in small worlds. The first half shows that no history breaks an invariant;
 * the second that the explorer would notice: with any one condition taken away it finds a history that does.
 */
import { describe, expect, it } from 'vitest';
import type { Removal } from './explorer/deliver.ts';
import { explore } from './explorer/explore.ts';
import type { Size } from './explorer/world.ts';

const SMALL: Size = {
  ...{ hosts: 2, attempts: 1, epochs: 1, crashes: 0, losses: 0 },
  ...{ stops: false, aborts: false, restarts: false, mixed: false, late: [] },
};

/** A task crashes, and agents and controller compete for what comes next. */
const AGAIN: Partial<Size> = { attempts: 2, epochs: 0, restarts: true };

describe('no history breaks an invariant', () => {
  it.each<[string, Partial<Size>]>([
    [
      'two barriers that may time out, with releases that come late or twice',
      { epochs: 2, aborts: true, late: ['release'] },
    ],
    ['arrivals that come late or twice', { epochs: 2, late: ['arrive'] }],
    ['two attempts, with barriers that may time out', { attempts: 2, aborts: true }],
    [
      'two attempts that may be cancelled, raised late or twice',
      { attempts: 2, epochs: 0, stops: true, late: ['raise'] },
    ],
    ['a task that crashes, and a run that may be cancelled', { stops: true, crashes: 1 }],
    ['a host that vanishes', { losses: 1 }],
    ['agents that begin again by themselves, of a gang that may be cancelled right then', { ...AGAIN, stops: true }],
    [
      'agents that begin again by themselves, late or twice, beside a controller that ends hosts and raises the attempt',
      { ...AGAIN, late: ['restart'] },
    ],
    ['three hosts', { hosts: 3, epochs: 0, stops: true }],
  ])('%s', (_, change) => {
    const { counterExample, states, successes } = explore({ ...SMALL, ...change });
    expect(counterExample).toBeUndefined();
    expect(states).toBeGreaterThan(1_000);
    expect(successes).toBeGreaterThan(0);
  });

  it('a barrier that meets an allGather never opens', () => {
    expect(explore({ ...SMALL, mixed: true, aborts: true })).toMatchObject({ counterExample: undefined, successes: 0 });
  });
});

describe('a history breaks an invariant without', () => {
  it.each<[Removal, Partial<Size>, string]>([
    ['release.epoch', { epochs: 2, late: ['release'] }, 'I3'],
    ['release.phase', { aborts: true }, 'I9'],
    ['release.attempt', { attempts: 2, aborts: true, late: ['release'] }, 'I2'],
    ['abort.epoch', { epochs: 2, aborts: true }, 'I9'],
    ['abort.phase', { aborts: true }, 'I11'],
    ['abort.attempt', { attempts: 2, aborts: true, late: ['abort'] }, 'I2'],
    ['seal.phase', { stops: true }, 'I8'],
    ['seal.attempt', { attempts: 2, stops: true, late: ['seal'] }, 'I2'],
    ['raise.phase', { attempts: 2, stops: true }, 'I3'],
    ['raise.attempt', { attempts: 3, stops: true, late: ['raise'] }, 'I2'],
    ['drain.roster', { ...AGAIN, stops: true }, 'I6'],
    ['restart.phase', { ...AGAIN, late: ['restart'] }, 'I3'],
    ['restart.attempt', { ...AGAIN, attempts: 3, stops: true, late: ['restart'] }, 'I2'],
    ['restart.clean', AGAIN, 'I6'],
    ['restart.charge', AGAIN, 'I16'],
    ['restart.leases', AGAIN, 'I14'],
    ['extend.over', AGAIN, 'I14'],
    ['end.attempt', AGAIN, 'I14'],
    ['drain.attempt', { attempts: 2, stops: true, late: ['drain'] }, 'I2'],
    ['drain.clean', { stops: true }, 'I6'],
    ['succeed.phase', { epochs: 0, stops: true }, 'I8'],
    ['succeed.attempt', { attempts: 2, epochs: 0, stops: true, late: ['succeed'] }, 'I2'],
    ['arrive.set', { late: ['arrive'] }, 'I1'],
    ['arrive.kind', { mixed: true }, 'I1'],
    ['arrive.attempt', { attempts: 2, aborts: true }, 'I1'],
    ['arrive.epoch', { epochs: 2 }, 'I1'],
  ])('%s', (removed, change, invariant) => {
    const { counterExample } = explore({ ...SMALL, ...change }, removed);
    expect(counterExample?.breach, counterExample?.history.join('\n')).toMatch(new RegExp(`^${invariant}: `));
  });
});
