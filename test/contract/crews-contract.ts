/** What every CrewStore and ClaimStore promises. Run against the twins in memory and against DynamoDB's adapters. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenBack, renewed, taken, takenOver } from '#core/inference/claims.ts';
import type { Crew } from '#core/inference/crew.ts';
import type { ClaimStore, CrewStore } from '#core/inference/ports.ts';

export interface CrewsUnderTest {
  readonly crews: CrewStore;
  readonly claims: ClaimStore;
  stop(): Promise<void>;
}

let runs = 0;
const newCrew = (changes: Partial<Crew> = {}): Crew => ({
  ...{ runId: `run-${process.pid}-c${++runs}`, attempt: 0, owner: 'arn:e', round: 'e/0', phase: 'OPEN' },
  ...{ openedAtS: 1_700_000_000, deadlineS: 1_700_086_400 },
  ...changes,
});

export function crewsContract(name: string, start: () => Promise<CrewsUnderTest>): void {
  describe(`crews and claims in ${name}`, () => {
    let under: CrewsUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.stop());
    describe('crews', () => crewTests(() => under.crews));
    describe('claims', () => claimTests(() => under.claims));
  });
}

function crewTests(crews: () => CrewStore): void {
  it('opens a crew once, and answers with the one that is there', async () => {
    const crew = newCrew();
    expect(await crews().open(crew)).toEqual(crew);
    expect(await crews().open({ ...crew, owner: 'arn:other' })).toEqual(crew);
    expect(await crews().read(crew.runId)).toEqual(crew);
    expect(await crews().read(`${crew.runId}0`)).toBeUndefined();
  });

  it('opens the next attempt only where the one before is over, and no later one', async () => {
    const crew = newCrew();
    const next = { ...crew, attempt: 1, round: 'e/1' };
    await crews().open(crew);
    expect(await crews().open(next)).toEqual(crew);
    await crews().move(crew.runId, 0, 'ENDING');
    expect(await crews().open(next)).toMatchObject({ attempt: 0, phase: 'ENDING' });
    await crews().move(crew.runId, 0, 'ENDED');
    expect(await crews().open({ ...next, attempt: 2 })).toMatchObject({ attempt: 0 });
    expect(await crews().open(next)).toEqual(next);
    expect(await crews().open(next)).toEqual(next);
  });

  it('moves on, never back, and no other attempt', async () => {
    const crew = newCrew();
    await crews().open(crew);
    expect(await crews().move(crew.runId, 1, 'ENDED')).toBeUndefined();
    expect(await crews().move(crew.runId, 0, 'ENDED')).toEqual({ ...crew, phase: 'ENDED' });
    expect(await crews().move(crew.runId, 0, 'ENDING')).toEqual({ ...crew, phase: 'ENDED' });
    expect(await crews().move(`${crew.runId}0`, 0, 'ENDING')).toBeUndefined();
  });

  it('keeps the first failure, of an open crew and of its own attempt', async () => {
    const crew = newCrew();
    const first = { code: 'LS_NULL_INPUT', message: 'row 3' };
    await crews().open(crew);
    await crews().fail(crew.runId, 1, first);
    expect(await crews().read(crew.runId)).toEqual(crew);
    await crews().fail(crew.runId, 0, first);
    await crews().fail(crew.runId, 0, { code: 'LS_OTHER', message: 'later' });
    expect(await crews().read(crew.runId)).toEqual({ ...crew, failure: first });
    const other = newCrew();
    await crews().open(other);
    await crews().move(other.runId, 0, 'ENDING');
    await crews().fail(other.runId, 0, first);
    expect(await crews().read(other.runId)).toEqual({ ...other, phase: 'ENDING' });
  });

  it('lists the crews that are not over', async () => {
    const [a, b] = [newCrew(), newCrew()];
    for (const crew of [a, b]) await crews().open(crew);
    await crews().move(a.runId, 0, 'ENDING');
    expect(await crews().list()).toEqual(expect.arrayContaining([a.runId, b.runId]));
    await crews().move(a.runId, 0, 'ENDED');
    expect(await crews().list()).not.toContain(a.runId);
    await crews().move(a.runId, 0, 'ENDED');
    expect(await crews().list()).toContain(b.runId);
  });
}

function claimTests(claims: () => ClaimStore): void {
  const begun = async (total: number) => {
    const at = { runId: newCrew().runId, attempt: 0 };
    await claims().begin(at, total);
    return at;
  };

  it('has no board before the beginning, and one for each attempt', async () => {
    const at = { runId: newCrew().runId, attempt: 0 };
    expect(await claims().board(at)).toBeUndefined();
    expect(await claims().take(at, taken(0, 'a'))).toBe(false);
    await claims().begin(at, 3);
    await claims().take(at, taken(0, 'a'));
    await claims().begin(at, 9);
    expect(await claims().board(at)).toEqual({ next: 1, total: 3, claims: [taken(0, 'a')] });
    expect(await claims().board({ ...at, attempt: 1 })).toBeUndefined();
  });

  it('gives each place to one, in order, and none beyond the end', async () => {
    const at = await begun(2);
    expect(await claims().take(at, taken(1, 'a'))).toBe(false);
    const both = await Promise.all([claims().take(at, taken(0, 'a')), claims().take(at, taken(0, 'b'))]);
    expect(both.filter((won) => won).length).toBeLessThanOrEqual(1);
    const after = await claims().board(at);
    if (after?.next === 0) expect(await claims().take(at, taken(0, 'a'))).toBe(true);
    expect(await claims().take(at, taken(0, 'c'))).toBe(false);
    expect(await claims().take(at, taken(1, 'c'))).toBe(true);
    expect(await claims().take(at, taken(2, 'c'))).toBe(false);
    const board = await claims().board(at);
    expect(board).toMatchObject({ next: 2, total: 2 });
    expect(board?.claims.map(({ place }) => place)).toEqual([0, 1]);
  });

  it('replaces a claim only as its writer knows it', async () => {
    const at = await begun(1);
    const first = taken(0, 'a');
    await claims().take(at, first);
    const later = renewed(first);
    expect(await claims().replace(at, first, later)).toBe(true);
    expect(await claims().replace(at, first, takenOver(first, 'b'))).toBe(false);
    const others = takenOver(later, 'b');
    expect(await claims().replace(at, later, others)).toBe(true);
    expect(await claims().replace(at, later, renewed(later))).toBe(false);
    const free = givenBack(others, true);
    expect(await claims().replace(at, others, free)).toBe(true);
    expect(await claims().board(at)).toEqual({ next: 1, total: 1, claims: [free] });
  });

  it('removes a claim whoever renewed it, but none in other hands', async () => {
    const at = await begun(2);
    const [first, second] = [taken(0, 'a'), taken(1, 'b')];
    await claims().take(at, first);
    await claims().take(at, second);
    await claims().replace(at, first, takenOver(first, 'c'));
    await claims().remove(at, first);
    await claims().replace(at, second, renewed(second));
    await claims().remove(at, second);
    await claims().remove(at, second);
    expect(await claims().board(at)).toEqual({ next: 2, total: 2, claims: [takenOver(first, 'c')] });
    expect(await claims().replace(at, second, renewed(second))).toBe(false);
  });
}
