import { setTimeout as sleep } from 'node:timers/promises';
import { awsJson } from '../http/aws-json.ts';
import { listen } from '../http/listen.ts';
import { type BusEvent, newEvent } from './event.ts';
import type { Rule, Target } from './rule.ts';
import { targetInput } from './target-input.ts';

/** AWS repeats for a day; a local target that fails this often will not recover by itself. */
const MAX_RETRIES = 4;
const FIRST_RETRY_MS = 100;

/** Where events can go. Each throws if the event could not be handed over. */
export interface Destinations {
  /** Queues the event for a function; what the function makes of it is not the rule's business. */
  invoke(functionArn: string, payload: string): void;
  startExecution(stateMachineArn: string, name: string, input: string): void;
  sendMessage(queueArn: string, body: string, attributes?: Readonly<Record<string, string>>): Promise<void>;
}

export interface EventsService {
  readonly url: string;
  /** Hands an event to the targets of every rule that takes it; returns before they have it. */
  publish(event: BusEvent): void;
  putEvents(entries: readonly Record<string, unknown>[]): unknown;
  stop(): Promise<void>;
}

/** Starts the default event bus with the rules of a stack, their schedules, and the PutEvents API. */
export async function startEvents(rules: readonly Rule[], to: Destinations, port = 0): Promise<EventsService> {
  const stopping = new AbortController();

  const deliver = async (target: Target, event: BusEvent) => {
    const input = targetInput(target, event);
    const retries = Math.min(target.RetryPolicy?.MaximumRetryAttempts ?? MAX_RETRIES, MAX_RETRIES);
    for (let tried = 0; !stopping.signal.aborted; tried++) {
      try {
        return await send(target, { input, event }, to);
      } catch (error) {
        if (tried === retries) return sendToDeadLetters(target, event, error as Error, to);
        await sleep(FIRST_RETRY_MS * 2 ** tried, undefined, { signal: stopping.signal }).catch(() => {});
      }
    }
  };
  const fire = (rule: Rule, event: BusEvent) => {
    for (const target of rule.targets) void deliver(target, event).catch(() => {});
  };
  const publish = (event: BusEvent) => {
    for (const rule of rules) if (rule.matches?.(event)) fire(rule, event);
  };
  const putEvents = (entries: readonly Record<string, unknown>[]) => {
    const results = entries.map((entry) => {
      const event = entryEvent(entry);
      if (!('id' in event)) return event;
      publish(event);
      return { EventId: event.id };
    });
    return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
  };
  const timers = rules.flatMap((rule) =>
    rule.everyMs === undefined ? [] : [setInterval(() => fire(rule, scheduled(rule)), rule.everyMs)],
  );
  const operations = {
    PutEvents: ({ Entries }: { Entries: readonly Record<string, unknown>[] }) => putEvents(Entries),
  };
  const api = await listen(awsJson(operations), port);
  return {
    url: api.url,
    publish,
    putEvents,
    async stop() {
      stopping.abort();
      timers.forEach(clearInterval);
      await api.close();
    },
  };
}

async function send(target: Target, { input, event }: { input: string; event: BusEvent }, to: Destinations) {
  const service = target.Arn.split(':')[2];
  if (service === 'lambda') return to.invoke(target.Arn, input);
  if (service === 'states') return to.startExecution(target.Arn, event.id, input);
  if (service === 'sqs') return to.sendMessage(target.Arn, input);
  throw new Error(`the local cloud cannot send events to ${target.Arn}`);
}

async function sendToDeadLetters(target: Target, event: BusEvent, error: Error, to: Destinations): Promise<void> {
  if (target.DeadLetterConfig?.Arn === undefined) return;
  await to.sendMessage(target.DeadLetterConfig.Arn, JSON.stringify(event), {
    TARGET_ARN: target.Arn,
    ERROR_CODE: error.name,
    ERROR_MESSAGE: error.message,
  });
}

/** An entry of PutEvents as an event, or why it is none. */
function entryEvent({ Source, DetailType, Detail, Resources }: Record<string, unknown>) {
  if (typeof Source !== 'string' || typeof DetailType !== 'string' || typeof Detail !== 'string') {
    return { ErrorCode: 'InvalidArgument', ErrorMessage: 'Source, DetailType and Detail are required' };
  }
  try {
    const detail = JSON.parse(Detail) as Record<string, unknown>;
    return newEvent({ source: Source, detailType: DetailType, detail, resources: (Resources ?? []) as string[] });
  } catch {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  }
}

const scheduled = (rule: Rule) =>
  newEvent({ source: 'aws.events', detailType: 'Scheduled Event', resources: [rule.arn], detail: {} });
