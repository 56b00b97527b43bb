/** The part of the Amazon States Language that the local cloud runs: JSONPath, without variables. */
import { LockstepError } from '#core/errors.ts';
import { pathMistakes } from './path-mistakes.ts';

export interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Machine extends States {
  readonly TimeoutSeconds?: number;
}

export type State =
  | TaskState
  | PassState
  | ChoiceState
  | WaitState
  | ParallelState
  | MapState
  | SucceedState
  | FailState;

interface Paths {
  /** null discards the input; absent means `$`. */
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
}

interface Following {
  readonly Next?: string;
  readonly End?: true;
}

interface Shaping extends Paths, Following {
  readonly Parameters?: unknown;
  /** null keeps the input and drops the result; absent means `$`. */
  readonly ResultPath?: string | null;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
}

interface Fallible extends Shaping {
  readonly ResultSelector?: unknown;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface TaskState extends Fallible {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly HeartbeatSeconds?: number;
  readonly HeartbeatSecondsPath?: string;
}

export interface PassState extends Shaping {
  readonly Type: 'Pass';
  readonly Result?: unknown;
}

/** One comparison, or And, Or, Not over others; see choice-rules.ts. */
export type Rule = Readonly<Record<string, unknown>>;

export interface ChoiceState extends Paths {
  readonly Type: 'Choice';
  readonly Choices: readonly (Rule & { readonly Next: string })[];
  readonly Default?: string;
}

export interface WaitState extends Paths, Following {
  readonly Type: 'Wait';
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
}

export interface ParallelState extends Fallible {
  readonly Type: 'Parallel';
  readonly Branches: readonly States[];
}

export interface MapState extends Fallible {
  readonly Type: 'Map';
  readonly Label?: string;
  readonly ItemsPath?: string;
  readonly ItemReader?: {
    readonly Resource: string;
    readonly Parameters: Readonly<Record<string, unknown>>;
    readonly ReaderConfig?: { readonly InputType?: string; readonly MaxItems?: number };
  };
  readonly ItemSelector?: unknown;
  readonly ItemProcessor?: States & { readonly ProcessorConfig?: { readonly Mode?: 'INLINE' | 'DISTRIBUTED' } };
  readonly MaxConcurrency?: number;
  readonly MaxConcurrencyPath?: string;
}

interface SucceedState extends Paths {
  readonly Type: 'Succeed';
}

export interface FailState {
  readonly Type: 'Fail';
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
}

/** Fields that would change the meaning of a definition and that are not carried out here. */
const NOT_EMULATED = [
  'QueryLanguage',
  'Assign',
  'Iterator',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentage',
  'ToleratedFailurePercentagePath',
];

/** Reads a definition. LS_USAGE names the state and the field if it uses what is not carried out here. */
export function parseDefinition(name: string, text: string): Machine {
  const machine = JSON.parse(text) as Machine;
  assertRunnable(machine, name);
  return machine;
}

function assertRunnable(states: States, where: string): void {
  refuse(states, where);
  if (states.States?.[states.StartAt] === undefined) throw invalid(`${where}: StartAt names no state`);
  for (const [name, state] of Object.entries(states.States)) {
    refuse(state, `${where}/${name}`);
    for (const mistake of pathMistakes(state)) throw invalid(`${where}/${name}: ${mistake}`);
    for (const next of successors(state)) {
      if (states.States[next] === undefined) throw invalid(`${where}/${name}: there is no state ${next}`);
    }
    const inner = state.Type === 'Map' ? [state.ItemProcessor] : state.Type === 'Parallel' ? state.Branches : [];
    for (const branch of inner) {
      if (branch === undefined) throw invalid(`${where}/${name}: a Map needs an ItemProcessor`);
      assertRunnable(branch, `${where}/${name}`);
    }
  }
}

function refuse(part: object, where: string): void {
  const field = NOT_EMULATED.find((each) => each in part && !(each === 'QueryLanguage' && isJsonPath(part)));
  if (field !== undefined) throw invalid(`${where}: ${field} is not emulated by the local cloud`);
}

const isJsonPath = (part: { QueryLanguage?: string }) => part.QueryLanguage === 'JSONPath';

function successors(state: State): readonly string[] {
  const next = 'Next' in state && state.Next !== undefined ? [state.Next] : [];
  const caught = 'Catch' in state ? (state.Catch ?? []).map((catcher) => catcher.Next) : [];
  const chosen = state.Type === 'Choice' ? state.Choices.map((choice) => choice.Next) : [];
  const fallback = state.Type === 'Choice' && state.Default !== undefined ? [state.Default] : [];
  return [...next, ...caught, ...chosen, ...fallback];
}

const invalid = (message: string) =>
  new LockstepError('LS_USAGE', `the state machine ${message}`, {
    remedy: 'Keep to the part of the States Language that the local cloud runs (localstack/embedded/step-functions).',
  });
