import type { MemberStore } from '#core/gang/ports.ts';
import type { Member } from '#core/gang/records.ts';

/** Member records and heartbeats in memory. */
export function memoryMembers(): MemberStore {
  const members = new Map<string, Member>();
  const beats = new Map<string, Map<string, number>>();
  const attemptKey = (runId: string, attempt: number) => `${runId}/${attempt}`;
  const memberKey = ({ runId, attempt, instanceId }: Member) => `${attemptKey(runId, attempt)}/${instanceId}`;
  const isSameAgent = (a: Member, b: Member) => a.bootId === b.bootId && a.nonce === b.nonce;

  return {
    put: async (member) => {
      const before = members.get(memberKey(member));
      if (before !== undefined && !isSameAgent(before, member)) return undefined;
      if (before !== undefined && before.seq >= member.seq) return before;
      members.set(memberKey(member), member);
      return member;
    },
    list: async (runId, attempt) =>
      [...members.values()]
        .filter((member) => member.runId === runId && member.attempt === attempt)
        .sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1)),
    beat: async (runId, attempt, instanceId) => {
      const key = attemptKey(runId, attempt);
      const counters = beats.get(key) ?? new Map<string, number>();
      beats.set(key, counters.set(instanceId, (counters.get(instanceId) ?? 0) + 1));
    },
    beats: async (runId, attempt) => new Map(beats.get(attemptKey(runId, attempt))),
  };
}
