import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newGang } from '#core/gang/new-gang.ts';
import type { Control, Member, Roster } from '#core/gang/records.ts';
import { placeHosts } from '#core/gang/roster/ranks.ts';
import { seal } from '#core/gang/roster/seal.ts';

const member = (instanceId: string, change: Partial<Member> = {}): Member => ({
  ...{
    runId: 'r',
    attempt: 1,
    instanceId,
    bootId: 'b',
    nonce: 'n',
    seq: 1,
    state: 'READY',
    address: instanceId,
    port: 0,
  },
  ...{ masterPort: 29500, accelerators: ['0', '1'], exits: {} },
  ...change,
});

const rosterOf = (ids: readonly string[]): Roster => ({
  ...{ runId: 'r', attempt: 0, masterAddress: '', masterPort: 0 },
  hosts: ids.map((instanceId) => ({ instanceId, bootId: 'b', nonce: 'n', address: '', port: 0, tasks: [] })),
});

/** Of so few that those of one attempt are mostly those of the one before. */
const ids = fc.uniqueArray(fc.constantFrom(...'hgfedcba9876'), { minLength: 1, maxLength: 12 });

/** The obvious way: write the survivors where they were, then fill each hole with the lowest id that is left. */
function slowly(names: readonly string[], hosts: number, previous: readonly string[]): string[] | undefined {
  if (names.length < hosts) return undefined;
  const places: (string | undefined)[] = [];
  for (let place = 0; place < hosts; place++) {
    const before = previous[place];
    places[place] = before !== undefined && names.includes(before) ? before : undefined;
  }
  for (let place = 0; place < hosts; place++) {
    const left = names.filter((name) => !places.includes(name)).sort();
    places[place] ??= left[0];
  }
  return places as string[];
}

describe('places in the gang', () => {
  it('are those of the slow twin', () => {
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 10 }), (names, before, hosts) => {
        const previous = before.slice(0, hosts);
        const placed = placeHosts(
          names.map((name) => member(name)),
          hosts,
          rosterOf(previous),
        );
        expect(placed?.map((one) => one.instanceId)).toEqual(slowly(names, hosts, previous));
      }),
    );
  });

  it('do not depend on the order in which members are listed', () => {
    fc.assert(
      fc.property(ids, fc.infiniteStream(fc.nat()), (names, keys) => {
        const shuffled = names
          .map((name) => ({ name, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ name }) => name);
        const place = (list: readonly string[]) =>
          placeHosts(
            list.map((name) => member(name)),
            names.length,
            undefined,
          )?.map((one) => one.instanceId);
        expect(place(shuffled)).toEqual(place(names));
      }),
    );
  });
});

describe('the seal', () => {
  const control: Control = {
    ...newGang({ runId: 'r', owner: 'e', hosts: 2, tasksPerHost: 2, specHash: '', opId: '' }),
    ...{ attempt: 1, phase: 'FORMING' },
  };
  const input = { control, previous: undefined, gpuPerTask: 1, opId: 'op' };

  it('waits until enough members are ready', () => {
    expect(seal({ ...input, members: [member('b'), member('a', { state: 'JOINED' })] })).toBeUndefined();
  });

  it('gives every rank a host, a local rank and its own accelerators, and rank 0 the meeting point', () => {
    const sealed = seal({ ...input, members: [member('b'), member('a', { masterPort: 4711 })] });
    expect(sealed?.roster).toMatchObject({ attempt: 1, masterAddress: 'a', masterPort: 4711 });
    expect(sealed?.roster.hosts.map(({ instanceId, tasks }) => [instanceId, tasks])).toEqual([
      [
        'a',
        [
          { rank: 0, localRank: 0, accelerators: ['0'] },
          { rank: 1, localRank: 1, accelerators: ['1'] },
        ],
      ],
      [
        'b',
        [
          { rank: 2, localRank: 0, accelerators: ['0'] },
          { rank: 3, localRank: 1, accelerators: ['1'] },
        ],
      ],
    ]);
  });
});
