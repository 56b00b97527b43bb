/**
 * Composition root of the functions: environment → ports, each built at its first use and kept for the life of the
 * Lambda environment. A handler takes `Pick<Runtime, …>` of what it needs, so that a test can hand it memory ports:
 *
 *     export async function stageData(state: TrainingState, ports: StagePorts): Promise<TrainingState> { … }
 *     export const handler = (state: TrainingState) => stageData(state, runtime);
 *
 * Errors are not caught here: a LockstepError leaves the handler as it is, and its name is the code that `Catch` matches.
 */
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { ENV } from '#core/names.ts';
import type { Clock, Ids, Log } from '#core/ports.ts';

/** Value of an environment variable that the stack sets; its absence is a mistake in the stack. */
export function required(name: (typeof ENV)[keyof typeof ENV]): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** Builds a value at its first use. */
export function once<T>(build: () => T): () => T {
  let built: { readonly value: T } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}

const log = once(() => jsonLog());

/** Every port of the functions. Getters, so that a function pays only for what it uses. */
export const runtime = {
  /** Name of the data bucket. */
  get bucket(): string {
    return required(ENV.bucket);
  },
  get clock(): Clock {
    return systemClock;
  },
  get ids(): Ids {
    return systemIds;
  },
  get log(): Log {
    return log();
  },
};

export type Runtime = typeof runtime;
