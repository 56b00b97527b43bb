/**
 * An execution of the synthesized training workflow in virtual time: it follows the definition state by state, with the
 * real functions behind the tasks, and counts the events of its history as Step Functions does.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '#core/system/ports.ts';
import { applies } from '../../localstack/embedded/step-functions/choice-rules.ts';
import type { Machine, State } from '../infra/synthesized.ts';

const MACHINE: Machine = JSON.parse(
  readFileSync(new URL('../infra/golden/training.asl.json', import.meta.url), 'utf8'),
);

type Input = Readonly<Record<string, unknown>>;
export type Tasks = Readonly<Record<string, (input: Input) => Promise<object>>>;

export interface LongExecution {
  readonly events: number;
  /** The state in which it ended, or in which it was when its time was up. */
  readonly endedIn: string;
  readonly input: Input;
  /** Bytes of the largest input of a state. */
  readonly largest: number;
}

/** Events of a visit, ExecutionStarted and the like apart. A task has Scheduled, Started, Succeeded; one with a token Submitted too. */
function eventsOf({ Type, Resource = '' }: State): number {
  if (Type === 'Task') return Resource.endsWith('.waitForTaskToken') ? 6 : 5;
  return Type === 'Fail' ? 1 : 2;
}

/** Runs it to its end, or until `untilMs` of the clock's wall time. */
export async function execute(start: Input, tasks: Tasks, clock: Clock, untilMs: number): Promise<LongExecution> {
  let [name, input, events, largest] = [MACHINE.StartAt, start, 2, 0];
  for (;;) {
    const state = MACHINE.States[name] as State;
    events += eventsOf(state);
    largest = Math.max(largest, JSON.stringify(input).length);
    if (state.Type === 'Succeed' || state.Type === 'Fail' || clock.wallMs() >= untilMs) {
      return { events, endedIn: name, input, largest };
    }
    const step = await visit(name, state, input, { tasks, clock });
    [name, input] = [step.next, step.output];
  }
}

interface World {
  readonly tasks: Tasks;
  readonly clock: Clock;
}

async function visit(name: string, state: State, input: Input, { tasks, clock }: World) {
  switch (state.Type) {
    case 'Choice': {
      const rules = state.Choices as readonly { readonly Next: string }[];
      const next = rules.find((rule) => applies(rule, { input, context: {} }))?.Next ?? state.Default;
      if (next === undefined) throw new Error(`${name}: no rule applies to ${JSON.stringify(input)}`);
      return { next, output: input };
    }
    case 'Wait':
      await clock.sleep(Number(input.waitS) * 1000);
      return { next: String(state.Next), output: input };
    case 'Pass':
      return { next: String(state.Next), output: { ...input, execution: { id: 'training:owner' } } };
    default: {
      const output = (await tasks[name]?.(input)) ?? {};
      return { next: String(state.Next), output: output as Input };
    }
  }
}
