/**
 * Ports that are interrupted at one call: they die there, or are held up there while the world goes on. Time, names and
 * logs are no calls: nothing is lost between a clock and its reader.
 */

/** What a dead function ends with. */
export class Crash extends Error {}

/** Where in a call it is interrupted: before anything has come of it, or with its reply on the way. */
export const MOMENTS = ['before it', 'after it, before the reply'] as const;
export type Moment = (typeof MOMENTS)[number];

const NO_CALLS: readonly string[] = ['clock', 'ids', 'log', 'metrics'];

/** Ports whose `at`-th call, counted over all of them from 1, dies; they work from then on. */
export function crashingPorts<Ports extends object>(ports: Ports, at: number, moment: Moment) {
  return interrupted(ports, { at, moment }, () => {
    throw new Crash();
  });
}

/** Ports whose `at`-th call dies, and every call after it: what goes wrong there goes wrong for ever. */
export function dyingPorts<Ports extends object>(ports: Ports, at: number, moment: Moment) {
  const die = () => {
    throw new Crash();
  };
  return interrupted(ports, { at, moment, isLast: true }, die);
}

/** Ports at whose `at`-th call something else happens in the world. */
export const watchedPorts = <Ports extends object>(ports: Ports, at: number, happens: () => Promise<void>) =>
  interrupted(ports, { at, moment: 'before it' }, happens);

/** Ports whose `at`-th call is held up until `resume`. `held` resolves when it is. */
export function heldPorts<Ports extends object>(ports: Ports, at: number, moment: Moment) {
  const held = Promise.withResolvers<void>();
  const resumed = Promise.withResolvers<void>();
  const interruption = () => {
    held.resolve();
    return resumed.promise;
  };
  return { ...interrupted(ports, { at, moment }, interruption), held: held.promise, resume: resumed.resolve };
}

interface At {
  readonly at: number;
  readonly moment: Moment;
  /** None works after it. */
  readonly isLast?: boolean;
}

function interrupted<Ports extends object>(
  ports: Ports,
  { at, moment, isLast = false }: At,
  interrupt: () => Promise<void>,
) {
  let calls = 0;
  const over = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          const isIt = ++calls === at;
          if (isLast && calls > at) await interrupt();
          if (isIt && moment === 'before it') await interrupt();
          const reply = await method.apply(target, args);
          if (isIt && moment !== 'before it') await interrupt();
          return reply;
        };
      },
    });
  const wrapped = Object.entries(ports).map(([name, port]) =>
    NO_CALLS.includes(name) || typeof port !== 'object' || Array.isArray(port) ? [name, port] : [name, over(port)],
  );
  return { ports: Object.fromEntries(wrapped) as Ports, isReached: () => calls >= at };
}
