/**
 * The ports of functions that work on objects alone, and what every composition needs. Apart from runtime.ts, because
 * a run starts many of these at once and loading the clients of other services is most of their cold start.
 */
import { s3 } from '#adapters/aws/clients.ts';
import { borrowing, lenderOf } from '#adapters/aws/lent-objects.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { systemClock } from '#adapters/system/clock.ts';
import { systemIds } from '#adapters/system/ids.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import { logMetrics } from '#adapters/system/log-metrics.ts';
import { ENV } from '#core/names.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Clock, Ids, Log, MetricSink } from '#core/system/ports.ts';

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

/** Both sets of ports as one. Getters stay getters, so that each port is still built at its first use. */
export const withPorts = <A extends object, B extends object>(some: A, more: B): A & B =>
  Object.defineProperties({} as A & B, {
    ...Object.getOwnPropertyDescriptors(some),
    ...Object.getOwnPropertyDescriptors(more),
  });

const log = once(() => jsonLog());
const metrics = once(() => logMetrics({ clock: systemClock, deployment: required(ENV.deployment) }));
const objects = once(() => borrowing(s3Objects(s3()), lenderOf(process.env)));

/** Getters, so that a function pays only for what it uses. */
export const objectRuntime = {
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
  get metrics(): MetricSink {
    return metrics();
  },
  get objects(): Objects {
    return objects();
  },
};
