/**
 * The read model of runs as schemas: what the list of runs, a report, the dashboard's data and a client of another language
 * are told. Each is held to the type that the flows make by the compiler, and to what they give by a test.
 */
import * as z from 'zod/mini';
import { PHASES } from '#core/gang/records.ts';
import type { AttemptStory } from '#core/runs/attempts.ts';
import type { Stay } from '#core/runs/phases.ts';
import type { Progress } from '#core/training/progress.ts';
import type { HostView, RunDetails } from '#flows/runs/run-view.ts';
import { described } from '#formats/job/fields.ts';

/** A schema of exactly what a type has. */
type SchemaOf<T> = z.ZodMiniType<T>;

export const listOf = <T extends z.ZodMiniType>(schema: T) => z.readonly(z.array(schema));
export const text = (about: string) => described(z.string(), about);
export const number = (about: string) => described(z.number(), about);
export const whole = (about: string) => described(z.int().check(z.gte(0)), about);
export const flag = (about: string) => described(z.boolean(), about);
const moment = (about: string) => described(z.number(), `${about}; milliseconds since 1970`);

/** Optional, and never there as undefined: that is no JSON. */
export const maybe = <T extends z.ZodMiniType>(schema: T) => z.exactOptional(schema);

export const runId = text('id of the run');

export const attemptStory = z.strictObject({
  attempt: whole('0, 1, …'),
  state: described(
    z.enum(['running', 'stopping', 'restarted', 'succeeded', 'failed', 'cancelled']),
    'what became of it',
  ),
  why: maybe(text('why it ended')),
  firstReport: maybe(text('what was reported first, where the verdict is another')),
  rank: maybe(whole('the rank at fault')),
  chargedTo: maybe(
    described(z.enum(['user', 'infrastructure', 'preemption']), 'the budget of restarts that paid for it'),
  ),
  replaced: described(listOf(z.string()), 'hosts that the next attempt had others for'),
  barriers: whole('barriers that it passed'),
  endedAt: maybe(moment('when it ended')),
}) satisfies SchemaOf<AttemptStory>;

const metrics = z.record(z.string(), z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]));

const progress = z.strictObject({
  attempt: whole('the attempt that reported it'),
  step: number('steps that are done'),
  of: number('steps in all'),
  metrics: described(metrics, 'name → value; what is no number is text'),
}) satisfies SchemaOf<Progress>;

const stay = z.strictObject({
  phase: text('stage, acquire, train, publish, release; plan, infer, commit'),
  from: moment('when it began'),
  to: moment('when it ended, or now'),
  outcome: described(
    z.enum(['open', 'done', 'failed']),
    'open: it goes on; failed: it did not come to what it was for',
  ),
}) satisfies SchemaOf<Stay>;

const hostView = z.strictObject({
  instanceId: text('the instance'),
  instanceType: text('e.g. g6.xlarge'),
  zone: text('where it is'),
  market: text('how it was bought'),
  accelerator: maybe(
    described(z.strictObject({ model: z.string(), memoryGiB: z.number() }), 'one of its accelerators, by its type'),
  ),
  acquiredAt: moment('when it was leased'),
  releasedAt: maybe(moment('when it was released')),
}) satisfies SchemaOf<HostView>;

const failure = z.strictObject({ code: text('a code of errors.md'), message: text('what happened') });

/** A run with all that is known of it: `run` of the dashboard's data. */
export const runDetails = z.strictObject({
  runId,
  kind: described(z.enum(['train', 'infer']), 'what ran'),
  job: text('name of the job'),
  startedAt: moment('when it started'),
  execution: maybe(text('its execution, where an event started it')),
  state: described(
    z.enum(['running', 'succeeded', 'failed', 'cancelled', 'unknown']),
    'unknown: nothing remembers its execution, and it left no manifest',
  ),
  endedAt: maybe(moment('when it ended')),
  resumed: maybe(described(z.int(), 'how often an inference was resumed')),
  failure: maybe(described(failure, 'why it failed or was cancelled')),
  gang: maybe(
    described(z.strictObject({ phase: z.enum(PHASES), attempt: z.int() }), 'of a training, once it has a gang'),
  ),
  progress: maybe(described(progress, 'what rank 0 reported last')),
  history: described(listOf(attemptStory), 'the attempts of the gang, the first one first'),
  stays: described(listOf(stay), 'stays in phases, in their order'),
  hosts: described(listOf(hostView), 'every host that the run has or had'),
  partitions: maybe(described(z.strictObject({ done: z.int(), of: z.int() }), 'of an inference that has a plan')),
  outputs: maybe(text('URI of the committed manifest')),
}) satisfies SchemaOf<RunDetails>;
