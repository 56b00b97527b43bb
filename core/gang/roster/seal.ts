import { assign } from '#core/resources/assign.ts';
import type { ControlWrite } from '../control-write.ts';
import type { Control, Member, Roster, RosterHost } from '../records.ts';
import { transition } from '../transitions.ts';
import { placeHosts } from './ranks.ts';
import { tasksPerHost } from './roster.ts';

export interface SealInput {
  readonly control: Control;
  readonly members: readonly Member[];
  readonly previous: Roster | undefined;
  readonly gpuPerTask: number;
  readonly opId: string;
}

/**
 * FORMING → STARTING together with the roster, in one transaction, once enough members are READY; undefined before.
 * Any agent may be the sealer: from the same members all of them compute the same roster, and only one is written.
 */
export function seal(input: SealInput): { readonly write: ControlWrite; readonly roster: Roster } | undefined {
  const { control, members, previous, opId } = input;
  const ready = members.filter((member) => member.state === 'READY');
  const places = placeHosts(ready, control.hosts, previous);
  const first = places?.[0];
  if (places === undefined || first === undefined) return undefined;
  const { runId, attempt } = control;
  const roster: Roster = {
    runId,
    attempt,
    hosts: places.map((member, place) => rosterHost(member, place, input)),
    masterAddress: first.address,
    masterPort: first.masterPort,
  };
  return { write: transition.seal(control, opId), roster };
}

function rosterHost(member: Member, place: number, { control, gpuPerTask }: SealInput): RosterHost {
  const { instanceId, bootId, nonce, address, port, accelerators } = member;
  const count = tasksPerHost(control);
  const tasks = assign(accelerators, count, gpuPerTask).map((addresses, localRank) => ({
    rank: place * count + localRank,
    localRank,
    accelerators: addresses,
  }));
  return { instanceId, bootId, nonce, address, port, tasks };
}
