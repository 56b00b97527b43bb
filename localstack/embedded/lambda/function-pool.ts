import { Environment, type Surroundings } from './environment.ts';
import type { FunctionSpec, Outcome } from './function-spec.ts';

/** The environments of one function: idle ones are used again, new ones start up to the limit, then events queue. */
export class FunctionPool {
  readonly #spec: FunctionSpec;
  readonly #around: Surroundings;
  readonly #all = new Set<Environment>();
  readonly #idle: Environment[] = [];
  readonly #queue: (() => void)[] = [];
  #busy = 0;
  #stopped = false;

  constructor(spec: FunctionSpec, around: Surroundings) {
    this.#spec = spec;
    this.#around = around;
  }

  /** Runs the handler on one event; a failure of the handler or its process is an outcome, never a rejection. */
  async invoke(payload: string): Promise<Outcome> {
    if (this.#busy >= this.#spec.maxConcurrency) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#busy += 1;
    try {
      const environment = await this.#take();
      const outcome = await environment.invoke(payload);
      this.#giveBack(environment);
      return outcome;
    } finally {
      // The place is handed to the next event directly, so that a newcomer cannot take it in between.
      const next = this.#queue.shift();
      if (next === undefined) this.#busy -= 1;
      else next();
    }
  }

  /** Has an environment start before there is an event for it, unless one is there. It is no error if it cannot. */
  async prepare(): Promise<void> {
    if (this.#stopped || this.#all.size > 0) return;
    const early = this.#newEnvironment();
    try {
      await early.start();
      this.#giveBack(early);
    } catch {
      this.#all.delete(early);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#all].map((environment) => environment.stop()));
    this.#all.clear();
  }

  /** The environment used last is the warmest. */
  async #take(): Promise<Environment> {
    if (this.#stopped) throw new Error(`${this.#spec.name}: the local cloud is stopping`);
    for (let warm = this.#idle.pop(); warm !== undefined; warm = this.#idle.pop()) {
      if (warm.usable) return warm;
      this.#all.delete(warm);
    }
    const fresh = this.#newEnvironment();
    await fresh.start();
    return fresh;
  }

  #newEnvironment(): Environment {
    const fresh = new Environment(this.#spec, this.#around);
    this.#all.add(fresh);
    return fresh;
  }

  #giveBack(environment: Environment): void {
    if (environment.usable) this.#idle.push(environment);
    else this.#all.delete(environment);
  }
}
