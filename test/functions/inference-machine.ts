/** The inference workflow by hand: its definition over functions, without a cloud. */
import { expect } from 'vitest';
import type { Machine } from '../../localstack/embedded/step-functions/asl.ts';
import { Execution } from '../../localstack/embedded/step-functions/execution.ts';
import type { TaskCall } from '../../localstack/embedded/step-functions/run.ts';
import { StateFailure } from '../../localstack/embedded/step-functions/state-failure.ts';
import { BUCKET, type newWorld } from '../flows/inference/world.ts';
import { definition, synthesized } from '../infra/synthesized.ts';

/** Whoever tries again does so at once: how long the definition lets it wait is not what these tests are about. */
const atOnce = (key: string, value: unknown): unknown => (key === 'IntervalSeconds' ? 0.01 : value);

export const machine: Machine = JSON.parse(JSON.stringify(definition(synthesized(), 'Inference')), atOnce);

/** By the name of the function. */
export type Functions = Readonly<Record<string, (payload: never) => Promise<unknown>>>;

export interface Run {
  /** The state to begin with. @default the first */
  readonly startAt?: string;
  readonly input: string;
  /** @default r */
  readonly name?: string;
}

/** Runs an execution to its end. */
export async function execute(
  world: ReturnType<typeof newWorld>,
  functions: Functions,
  { startAt = machine.StartAt, input, name = 'r' }: Run,
): Promise<Execution> {
  const execution = new Execution({
    ...{ arn: `arn:aws:states:us-east-1:000000000000:execution:Inference:${name}`, name, stateMachineArn: 'm', input },
    machine: { ...machine, StartAt: startAt },
    services: {
      ...{ call: (task) => called(functions, task), prepare() {} },
      openToken: () => expect.unreachable('nothing waits for a token'),
      readItems: async (_, key) =>
        JSON.parse(Buffer.from((await world.objects.get(`s3://${BUCKET}/${key}`)).bytes).toString()),
    },
  });
  await execution.ended;
  return execution;
}

async function called(functions: Functions, { parameters }: TaskCall): Promise<unknown> {
  const { FunctionName, Payload } = parameters as { readonly FunctionName: string; readonly Payload: never };
  try {
    return { Payload: await functions[FunctionName.split(':').at(-1) ?? '']?.(Payload) };
  } catch (error) {
    if (error instanceof StateFailure) throw error;
    throw new StateFailure((error as Error).name, (error as Error).message);
  }
}
