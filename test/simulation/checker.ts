import { following } from '#core/gang/phases.ts';
import type { MemberStore } from '#core/gang/ports.ts';
import type { Control, Member, Roster } from '#core/gang/records.ts';
import { ranksOf } from '#core/gang/roster/roster.ts';

/** Holds the invariants I1–I12 (docs/barrier.md) against everything that happens; the first breach is an exception. */
export class Checker {
  readonly breaches: string[] = [];
  private readonly living = new Map<string, number>();
  private readonly arrived = new Map<string, Set<number>>();
  private readonly released = new Set<string>();
  private readonly aborted = new Set<string>();
  private readonly rosters = new Map<number, Roster>();

  /** Every transition of the control item, in the order in which they take effect. */
  transition(before: Control, after: Control, roster: Roster | undefined): void {
    if (roster !== undefined) this.roster(roster);
    const where = `${before.phase}@${before.attempt}.${before.epoch} → ${after.phase}@${after.attempt}.${after.epoch}`;
    const isRaised = after.attempt === before.attempt + 1 && before.phase === 'DRAINED';
    this.expect(isRaised || after.attempt === before.attempt, `I3 attempt: ${where}`);
    if (!isRaised) this.expect(after.epoch === before.epoch || after.epoch === before.epoch + 1, `I3 epoch: ${where}`);
    const isLegal = before.phase === after.phase || following(before.phase).includes(after.phase);
    this.expect(isLegal, `I8 phase: ${where}`);
    if (!isRaised && before.cause !== undefined) {
      this.expect(JSON.stringify(before.cause) === JSON.stringify(after.cause), `I11 cause changed: ${where}`);
    }
    const barrier = `${before.attempt}.${before.epoch}`;
    if (after.epoch > before.epoch) this.released.add(barrier);
    if (after.phase === 'STOPPING') this.aborted.add(barrier);
    this.expect(!(this.released.has(barrier) && this.aborted.has(barrier)), `I9 both released and aborted: ${barrier}`);
    if (after.phase === 'DRAINED') this.expect(this.alive(before.attempt) === 0, `I6 drained with living tasks`);
  }

  private roster(roster: Roster): void {
    const before = this.rosters.get(roster.attempt);
    this.expect(before === undefined || JSON.stringify(before) === JSON.stringify(roster), 'I5 roster written twice');
    this.rosters.set(roster.attempt, roster);
    const ranks = ranksOf(roster);
    this.expect(
      ranks.every((rank, index) => rank === index),
      `I4 ranks: ${ranks.join(',')}`,
    );
    this.expect(new Set(roster.hosts.map((host) => host.instanceId)).size === roster.hosts.length, 'I4 host twice');
  }

  taskStarted(attempt: number, rank: number): void {
    for (const [key, count] of this.living) {
      this.expect(count === 0 || key.startsWith(`${attempt}/`), `I6 attempt ${attempt} starts while ${key} lives`);
    }
    const key = `${attempt}/${rank}`;
    this.expect((this.living.get(key) ?? 0) === 0, `I6 rank ${key} lives twice`);
    this.living.set(key, 1);
  }

  taskEnded(attempt: number, rank: number): void {
    this.living.set(`${attempt}/${rank}`, 0);
  }

  alive(attempt?: number): number {
    const counted = [...this.living].filter(([key]) => attempt === undefined || key.startsWith(`${attempt}/`));
    return counted.reduce((sum, [, count]) => sum + count, 0);
  }

  called(attempt: number, epoch: number, rank: number): void {
    const key = `${attempt}.${epoch}`;
    this.arrived.set(key, (this.arrived.get(key) ?? new Set()).add(rank));
  }

  passed(attempt: number, epoch: number, worldSize: number): void {
    const here = this.arrived.get(`${attempt}.${epoch}`)?.size ?? 0;
    this.expect(here === worldSize, `I1 passed ${attempt}.${epoch} with ${here} of ${worldSize}`);
    this.expect(this.released.has(`${attempt}.${epoch}`), `I9 passed ${attempt}.${epoch} without a release`);
  }

  async ended(control: Control, members: MemberStore): Promise<void> {
    if (control.phase !== 'SUCCEEDED') return;
    const records: readonly Member[] = await members.list(control.runId, control.attempt);
    const codes = records.flatMap((member) => Object.values(member.exits).map((exit) => exit.code));
    this.expect(
      codes.length === control.worldSize && codes.every((code) => code === 0),
      `I10 succeeded with exits ${codes.join(',')}`,
    );
  }

  expect(holds: boolean, what: string): void {
    if (!holds) this.breaches.push(what);
  }
}
