import { release } from '#core/gang/barrier/release.ts';
import type { ControlWrite } from '#core/gang/control-write.ts';
import { drain } from '#core/gang/controller/drain.ts';
import { isLive } from '#core/gang/phases.ts';
import type { Member, Roster } from '#core/gang/records.ts';
import { accountable } from '#core/gang/roster/accountable.ts';
import { seal } from '#core/gang/roster/seal.ts';
import { run, succeed } from '#core/gang/start.ts';
import { transition } from '#core/gang/transitions.ts';
import { type Removal, readArrivals } from './deliver.ts';
import { checkPass } from './invariants.ts';
import { endingMoves, granted, isLeased, restartMoves } from './restarts.ts';
import {
  type Agent,
  arrivalKey,
  blankMember,
  type Move,
  membersOf,
  newAgent,
  type Size,
  type World,
  type WriteKind,
} from './world.ts';

/** Everything that one agent could do next. */
export function agentMoves(world: World, index: number, size: Size, removed: Removal | undefined): readonly Move[] {
  const agent = world.agents[index] as Agent;
  if (!agent.isUp) return [];
  const { view, id } = agent;
  const moves: Move[] = [];
  const become = (name: string, change: Partial<Agent>, record?: Partial<Member>) => {
    const agents = world.agents.with(index, { ...agent, ...change });
    moves.push({
      name: `${id} ${name}`,
      to: withRecord({ ...world, agents }, change.started ?? agent.started, id, record),
    });
  };
  const send = (kind: WriteKind, write: ControlWrite | undefined, roster?: Roster) => {
    if (write === undefined) return;
    const basis = { attempt: view.attempt, epoch: view.epoch };
    const message = { kind, write, basis, ...(roster === undefined ? {} : { roster }) };
    moves.push({ name: `${id} ${kind}`, sender: id, message });
  };
  const name = (kind: string) => `${id}/${kind}/${view.attempt}.${view.epoch}`;
  const members = membersOf(world, view.attempt);
  const own = members.find((member) => member.instanceId === id);
  const roster = world.rosters[view.attempt];
  const rank = roster?.hosts.findIndex((host) => host.instanceId === id) ?? -1;

  if (view !== world.control) become('reads', { view: world.control });
  if (agent.living >= 0 && agent.living < view.attempt) become('is a zombie and ends', { living: -1, isUp: false });
  if (view.phase === 'FORMING' && own === undefined && agent.living < 0) {
    moves.push({ name: `${id} joins`, to: withRecord(world, view.attempt, id, { state: 'READY' }) });
  }
  if (view.phase === 'FORMING' && own?.state === 'READY') {
    const previous = world.rosters[view.attempt - 1];
    const sealed = seal({ control: view, members, previous, gpuPerTask: 0, opId: name('seal') });
    send('seal', sealed?.write, sealed?.roster);
  }
  if (isLive(view.phase) && rank >= 0 && agent.started < view.attempt && agent.living < 0) {
    const fresh = { passed: 0, waits: false, exit: undefined };
    become('starts its task', { ...fresh, living: view.attempt, started: view.attempt }, { state: 'STARTED' });
  }
  if (view.phase === 'STARTING' && roster !== undefined) send('run', run(view, roster, members, name('run')));
  if (view.phase === 'RUNNING' && roster !== undefined) {
    send('succeed', succeed(view, roster, members, name('succeed')));
  }
  if (agent.exit === 1 && isLive(view.phase) && view.attempt === agent.started) {
    const exit = { code: 1, signal: null, stopped: false };
    send('fail', transition.stop(view, name('fail'), { kind: 'task-failed', rank, exit }));
  }
  const hasPart = own !== undefined || rank >= 0;
  if ((view.phase === 'STOPPING' || view.phase === 'DRAINED') && hasPart && own?.state !== 'CLEAN') {
    become('stops its task', { living: -1, waits: false, started: view.attempt }, { state: 'CLEAN' });
  }
  if (size.restarts) moves.push(...restartMoves(world, index, removed));
  moves.push(...faults(world, index, size));
  if (agent.living >= 0) taskMoves();
  return moves;

  function called(place: number): World {
    const key = arrivalKey({ attempt: agent.living, epoch: agent.passed });
    const agents = world.agents.with(index, { ...agent, waits: true });
    // A barrier and an allGather are not one barrier.
    if (size.mixed && place === 0) return { ...world, agents };
    const ranks = [...(world.called[key] ?? []), place].sort((a, b) => a - b);
    return { ...world, agents, called: { ...world.called, [key]: ranks } };
  }

  function taskMoves(): void {
    const place = world.rosters[agent.living]?.hosts.findIndex((host) => host.instanceId === id) ?? -1;
    if (!agent.waits && agent.passed < size.epochs) moves.push({ name: `${id} calls`, to: called(place) });
    if (!agent.waits && agent.passed === size.epochs) {
      const exits = { [place]: { code: 0, signal: null, stopped: false } };
      become('ends well', { living: -1, exit: 0 }, { state: 'EXITED', exits });
    }
    if (!agent.waits || view.attempt !== agent.living) return;
    const basis = { attempt: view.attempt, epoch: view.epoch };
    if (view.epoch > agent.passed) {
      const agents = world.agents.with(index, { ...agent, passed: agent.passed + 1, waits: false });
      const check = () => checkPass(world, { attempt: agent.living, epoch: agent.passed });
      moves.push({ name: `${id} passes`, to: { ...world, agents }, check });
    }
    if (!isLive(view.phase) || view.epoch !== agent.passed) return;
    const kind = size.mixed && rank === 0 ? 'allGather' : 'barrier';
    moves.push({
      name: `${id} arrives`,
      sender: id,
      message: { kind: 'arrive', arrival: { rank, kind, callSite: '' }, basis },
    });
    send('release', release(view, readArrivals(world, basis, removed), name('release')));
    if (size.aborts) {
      send(
        'abort',
        transition.abort(view, name('abort'), { kind: 'barrier-timeout', epoch: view.epoch, missing: [rank] }),
      );
    }
  }
}

/** Everything that the controller could do next. It is hasty: only the conditions of its writes hold it back. */
export function controllerMoves(world: World, size: Size, removed: Removal | undefined): readonly Move[] {
  const view = world.controllerView;
  const moves: Move[] = [];
  const basis = { attempt: view.attempt, epoch: view.epoch };
  const send = (kind: WriteKind, write: ControlWrite | undefined) => {
    if (write !== undefined) moves.push({ name: `controller ${kind}`, sender: '', message: { kind, write, basis } });
  };
  const name = (kind: string) => `controller/${kind}/${view.attempt}`;
  if (view !== world.control) moves.push({ name: 'controller reads', to: { ...world, controllerView: world.control } });
  const gone = world.agents.filter((agent) => !agent.isUp).map((agent) => agent.id);
  if (isLive(view.phase) && gone[0] !== undefined) {
    send(
      'suspect',
      transition.stop(view, name('suspect'), { kind: 'host-lost', instanceId: gone[0], why: 'silent', evidence: '' }),
    );
  }
  if (size.stops && (view.phase === 'FORMING' || isLive(view.phase))) {
    send('cancel', transition.stop(view, name('cancel'), { kind: 'cancelled', by: 'somebody' }));
  }
  if (view.phase === 'STOPPING') {
    const recorded = membersOf(world, view.attempt);
    const all = removed === 'drain.roster' ? recorded : accountable(world.rosters[view.attempt], recorded);
    const members = removed === 'drain.clean' ? [] : all;
    send('drain', drain(view, members, new Set(gone), name('drain')));
  }
  if ((view.phase === 'STOPPING' || view.phase === 'DRAINED') && view.attempt + 1 < size.attempts) {
    const charged = { ...view.charged, user: view.charged.user + 1 };
    const isGranted = !size.restarts || isLeased(world, view.attempt + 1);
    if (isGranted) send('raise', transition.raise(view, name('raise'), charged));
    else moves.push({ name: 'controller grants leases', to: granted(world, view.attempt + 1) });
  }
  // One kind of trouble at a time, or the world becomes too large.
  if (size.restarts && !size.stops) moves.push(...endingMoves(world, removed));
  if (size.restarts && view.phase === 'DRAINED') send('end', transition.end(view, name('end'), 'FAILED'));
  if (view.phase === 'ACQUIRING') {
    send('acquire', transition.form(view, name('acquire')));
    const up = world.agents.filter((agent) => agent.isUp).length;
    if (up < size.hosts && !size.restarts) {
      const added = newAgent(`i-${world.agents.length}`, world.control);
      const leases = { ...world.leases, [added.id]: { attempt: view.attempt, isOver: false } };
      moves.push({ name: 'controller adds a host', to: { ...world, agents: [...world.agents, added], leases } });
    }
  }
  return moves;
}

function faults(world: World, index: number, size: Size): readonly Move[] {
  const agent = world.agents[index] as Agent;
  const moves: Move[] = [];
  if (world.losses < size.losses) {
    const agents = world.agents.with(index, { ...agent, isUp: false, living: -1 });
    moves.push({ name: `${agent.id} vanishes`, to: { ...world, agents, losses: world.losses + 1 } });
  }
  if (world.crashes < size.crashes && agent.living >= 0) {
    const rank = world.rosters[agent.living]?.hosts.findIndex((host) => host.instanceId === agent.id) ?? -1;
    const exits = { [rank]: { code: 1, signal: null, stopped: false } };
    const agents = world.agents.with(index, { ...agent, living: -1, exit: 1, waits: false });
    const to = { ...world, agents, crashes: world.crashes + 1 };
    moves.push({
      name: `task of ${agent.id} crashes`,
      to: withRecord(to, agent.started, agent.id, { state: 'EXITED', exits }),
    });
  }
  return moves;
}

function withRecord(world: World, attempt: number, id: string, change: Partial<Member> | undefined): World {
  if (change === undefined) return world;
  const before = membersOf(world, attempt);
  const own = { ...(before.find((member) => member.instanceId === id) ?? blankMember(attempt, id)), ...change };
  const others = before.filter((member) => member.instanceId !== id);
  const now = [...others, own].sort((a, b) => (a.instanceId < b.instanceId ? -1 : 1));
  return { ...world, members: { ...world.members, [attempt]: now } };
}
