import { describe, expect, it } from 'vitest';
import {
  type ClaimBoard,
  choose,
  givenBack,
  isOver,
  left,
  type PartitionClaim,
  renewed,
  SILENT_MS,
  TRIES_MAX,
  taken,
  takenOver,
  watched,
} from '#core/inference/claims.ts';

const board = (next: number, total: number, ...claims: PartitionClaim[]): ClaimBoard => ({ next, total, claims });
const me = (nowMs = 0) => ({ owner: 'me', nowMs });

describe('whoever is free', () => {
  it('takes the next place', () => {
    expect(choose(board(2, 5, taken(0, 'a'), taken(1, 'b')), new Map(), me())).toEqual({ do: 'take', place: 2 });
  });

  it('takes up first what was given back, and before that what is its own without its knowing', () => {
    const free = givenBack(taken(1, 'b'), true);
    expect(choose(board(2, 5, taken(0, 'a'), free), new Map(), me())).toEqual({ do: 'takeOver', claim: free });
    const own = taken(0, 'me');
    expect(choose(board(2, 5, own, free), new Map(), me())).toEqual({ do: 'work', claim: own });
  });

  it('waits while the rest is in work, and leaves when none is left', () => {
    expect(choose(board(5, 5, taken(4, 'a')), new Map(), me())).toEqual({ do: 'wait' });
    expect(choose(board(5, 5), new Map(), me())).toEqual({ do: 'leave' });
  });

  it('takes over what stands still by its own clock, and nothing that moved or changed hands meanwhile', () => {
    const claim = taken(4, 'a');
    const watch = watched(new Map(), board(5, 5, claim), 1_000);
    const at = (ms: number, now: PartitionClaim) =>
      choose(board(5, 5, now), watched(watch, board(5, 5, now), ms), me(ms));
    expect(at(1_000 + SILENT_MS - 1, claim)).toEqual({ do: 'wait' });
    expect(at(1_000 + SILENT_MS, claim)).toEqual({ do: 'takeOver', claim });
    expect(at(1_000 + SILENT_MS, renewed(claim))).toEqual({ do: 'wait' });
    expect(at(1_000 + SILENT_MS, takenOver(claim, 'b'))).toEqual({ do: 'wait' });
  });

  it('prefers work that nobody has begun to what stands still', () => {
    const claim = taken(0, 'a');
    const watch = watched(new Map(), board(1, 5, claim), 0);
    expect(choose(board(1, 5, claim), watch, me(10 * SILENT_MS))).toEqual({ do: 'take', place: 1 });
  });

  it('gives up what was begun often enough', () => {
    let claim = taken(0, 'a');
    for (let tries = 1; tries < TRIES_MAX; tries++) claim = takenOver(claim, `${tries}`);
    const free = givenBack(claim, true);
    expect(choose(board(1, 1, free), new Map(), me())).toEqual({ do: 'giveUp', claim: free });
  });
});

describe('a claim', () => {
  it('is another one for every hand that it comes to', () => {
    const fences = [taken(0, 'a')];
    for (const owner of ['b', 'c']) fences.push(takenOver(fences.at(-1) as PartitionClaim, owner));
    fences.push(givenBack(fences.at(-1) as PartitionClaim, true));
    expect(fences.map(({ fence }) => fence)).toEqual([1, 2, 3, 4]);
    expect(fences.map(({ tries }) => tries)).toEqual([1, 2, 3, 3]);
    expect(fences.at(-1)?.owner).toBeUndefined();
  });

  it('costs no try where the host had to go', () => {
    expect(givenBack(takenOver(taken(0, 'a'), 'b'), false)).toMatchObject({ tries: 1, fence: 3 });
  });
});

it('is over when every place was claimed and every claim is gone', () => {
  expect(isOver(board(3, 3))).toBe(true);
  expect(isOver(board(0, 0))).toBe(true);
  expect(isOver(board(2, 3))).toBe(false);
  expect(isOver(board(3, 3, taken(1, 'a')))).toBe(false);
  expect(left(board(1, 3, taken(0, 'a')))).toBe(3);
});
