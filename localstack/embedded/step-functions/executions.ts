import { randomUUID } from 'node:crypto';
import { AwsError } from '../http/aws-error.ts';
import type { Machine } from './asl.ts';
import { Execution } from './execution.ts';
import type { Services } from './run.ts';
import { DATA_LIMIT_BYTES } from './state-failure.ts';

/** A state machine of the stack. */
export interface NamedMachine {
  readonly arn: string;
  readonly definition: Machine;
  /** The definition as the template has it. */
  readonly text: string;
}

export interface StartRequest {
  readonly stateMachineArn: string;
  /** Default: a random one. */
  readonly name?: string;
  /** JSON text. Default: `{}`. */
  readonly input?: string;
}

/** All executions of the stack's state machines. `onChange` hears of each start and each end. */
export class Executions {
  readonly #machines: ReadonlyMap<string, NamedMachine>;
  readonly #byArn = new Map<string, Execution>();
  readonly #services: Services;
  readonly #onChange: (execution: Execution) => void;

  constructor(machines: readonly NamedMachine[], services: Services, onChange: (execution: Execution) => void) {
    this.#machines = new Map(machines.map((machine) => [machine.arn, machine]));
    this.#services = services;
    this.#onChange = onChange;
  }

  machine(arn: string): NamedMachine {
    const machine = this.#machines.get(arn);
    if (machine === undefined) {
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    }
    return machine;
  }

  machines(): readonly NamedMachine[] {
    return [...this.#machines.values()];
  }

  find(arn: string): Execution {
    const execution = this.#byArn.get(arn);
    if (execution === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return execution;
  }

  /** Newest first. */
  list(stateMachineArn: string): readonly Execution[] {
    const own = [...this.#byArn.values()].filter(({ start }) => start.stateMachineArn === stateMachineArn);
    return own.reverse();
  }

  /**
   * Starts an execution. A name is used once: with the input of an execution that is still running it gives that one,
   * otherwise it is refused, which is what makes a start that is repeated harmless.
   */
  start({ stateMachineArn, name = randomUUID(), input = '{}' }: StartRequest): Execution {
    const machine = this.machine(stateMachineArn);
    assertName(name);
    assertInput(input);
    const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const known = this.#byArn.get(arn);
    if (known?.status === 'RUNNING' && known.start.input === input) return known;
    if (known !== undefined) {
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const { definition } = machine;
    const execution = new Execution({
      arn,
      name,
      stateMachineArn,
      machine: definition,
      input,
      services: this.#services,
    });
    this.#byArn.set(arn, execution);
    this.#onChange(execution);
    void execution.ended.then(() => this.#onChange(execution));
    return execution;
  }

  /** Ends every execution and waits until each has noticed. */
  async stopAll(): Promise<void> {
    const running = [...this.#byArn.values()].filter(({ status }) => status === 'RUNNING');
    for (const execution of running) execution.stop('LocalCloud.Stopped', 'The local cloud was stopped.');
    await Promise.all(running.map(({ ended }) => ended));
  }
}

function assertName(name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are part of what the API forbids
  if (name.length > 80 || name === '' || /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}

function assertInput(input: string): void {
  if (Buffer.byteLength(input) > DATA_LIMIT_BYTES) {
    const message = `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${DATA_LIMIT_BYTES}`;
    throw new AwsError('ValidationException', message);
  }
  try {
    JSON.parse(input);
  } catch (error) {
    throw new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(error as Error).message}'`);
  }
}
