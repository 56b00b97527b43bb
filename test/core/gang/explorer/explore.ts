import { deliver, type Removal } from './deliver.ts';
import { Breach, checkLiving } from './invariants.ts';
import { agentMoves, controllerMoves } from './moves.ts';
import { type Move, newWorld, runningWorld, type Size, type World } from './world.ts';

export interface Explored {
  readonly states: number;
  /** Ends in which the gang has succeeded, so that it is known that the world gets anywhere. */
  readonly successes: number;
  /** The shortest history that breaks an invariant; undefined if none does. */
  readonly counterExample: { readonly breach: string; readonly history: readonly string[] } | undefined;
}

interface Node {
  readonly world: World;
  readonly parent: Node | undefined;
  readonly name: string;
}

/** Visits every state that can be reached, nearest first, until an invariant breaks or nothing new is left. */
export function explore(size: Size, removed?: Removal, statesMax = 2_000_000): Explored {
  const start: Node = { world: size.restarts ? runningWorld(size) : newWorld(size), parent: undefined, name: 'start' };
  const seen = new Set<string>([keyOf(start.world)]);
  let frontier: Node[] = [start];
  let successes = 0;
  while (frontier.length > 0) {
    const next: Node[] = [];
    for (const node of frontier) {
      if (node.world.control.phase === 'SUCCEEDED') successes++;
      try {
        for (const [name, world] of following(node.world, size, removed)) {
          const key = keyOf(world);
          if (seen.has(key)) continue;
          seen.add(key);
          next.push({ world, parent: node, name });
          lastName = name;
          checkLiving(world);
        }
      } catch (error) {
        if (!(error instanceof Breach)) throw error;
        return {
          states: seen.size,
          successes,
          counterExample: { breach: error.message, history: historyOf(node, lastName) },
        };
      }
      if (seen.size > statesMax) throw new Error(`more than ${statesMax} states: the world is too large`);
    }
    frontier = next;
  }
  return { states: seen.size, successes, counterExample: undefined };
}

let lastName = '';

function* following(world: World, size: Size, removed: Removal | undefined): Iterable<readonly [string, World]> {
  for (const index of world.agents.keys())
    yield* outcomes(world, agentMoves(world, index, size, removed), size, removed);
  yield* outcomes(world, controllerMoves(world, size, removed), size, removed);
  for (const [index, message] of world.mail.entries()) {
    lastName = `mail: ${message.kind} of ${message.basis.attempt}.${message.basis.epoch} comes late`;
    yield [lastName, deliver({ ...world, mail: world.mail.toSpliced(index, 1) }, message, removed)];
  }
}

/** A message may be answered, take effect with its reply lost, be late, or come again later. */
function* outcomes(
  world: World,
  moves: readonly Move[],
  size: Size,
  removed: Removal | undefined,
): Iterable<readonly [string, World]> {
  for (const move of moves) {
    lastName = move.name;
    if ('to' in move) {
      move.check?.();
      yield [move.name, move.to];
      continue;
    }
    const { message, sender, name } = move;
    const done = deliver(world, message, removed);
    yield [name, message.kind === 'arrive' ? done : withView(done, sender)];
    if (message.kind !== 'arrive') yield [`${name}, and its reply is lost`, done];
    if (world.mail.length === 0 && size.late.includes(message.kind)) {
      yield [`${name}, late`, { ...world, mail: [...world.mail, message] }];
      yield [`${name}, and once more later`, { ...done, mail: [...world.mail, message] }];
    }
  }
}

function withView(world: World, sender: string): World {
  if (sender === '') return { ...world, controllerView: world.control };
  const agents = world.agents.map((agent) => (agent.id === sender ? { ...agent, view: world.control } : agent));
  return { ...world, agents };
}

/** Worlds that are the same have the same key. Parts are shared between worlds, so each is written out only once. */
function keyOf(world: World): string {
  const { agents, crashes, losses, ...parts } = world;
  const minds = agents.map(({ view, ...agent }) => [numberOf(view), numberOf(agent)]);
  return [...Object.values(parts).map(numberOf), ...minds.flat(), crashes, losses].join();
}

const numbers = new Map<string, number>();
const known = new WeakMap<object, number>();

function numberOf(part: object): number {
  const before = known.get(part);
  if (before !== undefined) return before;
  const text = JSON.stringify(part);
  const number = numbers.get(text) ?? numbers.size;
  numbers.set(text, number);
  known.set(part, number);
  return number;
}

function historyOf(node: Node, last: string): readonly string[] {
  const names = [last];
  for (let one: Node | undefined = node; one?.parent !== undefined; one = one.parent) names.unshift(one.name);
  return names;
}
