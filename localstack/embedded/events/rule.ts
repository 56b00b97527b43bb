import { LockstepError } from '#core/errors.ts';
import type { Declared } from '../template/declared.ts';
import { compilePattern, type Matcher } from './pattern.ts';
import type { TargetInput } from './target-input.ts';

/** Where a rule sends an event. */
export interface Target extends TargetInput {
  readonly Id: string;
  readonly Arn: string;
  readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number };
  readonly DeadLetterConfig?: { readonly Arn?: string };
}

/** A rule of the stack: it takes events that fit its pattern, or fires by its schedule. */
export interface Rule {
  readonly arn: string;
  readonly matches: Matcher | undefined;
  readonly everyMs: number | undefined;
  readonly targets: readonly Target[];
}

interface RuleProperties {
  readonly EventPattern?: unknown;
  readonly ScheduleExpression?: string;
  readonly State?: string;
  readonly Targets?: readonly Target[];
}

/** `AWS::Events::Rule` → a rule. LS_USAGE for a pattern or schedule that the local cloud does not know. */
export function ruleOf({ arn, properties }: Declared): Rule {
  const { EventPattern, ScheduleExpression, State, Targets = [] } = properties as RuleProperties;
  return {
    arn,
    matches: EventPattern === undefined ? undefined : compilePattern(EventPattern),
    everyMs: ScheduleExpression === undefined ? undefined : rateMs(ScheduleExpression),
    targets: State === 'DISABLED' ? [] : Targets,
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function rateMs(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = UNIT_MS[unit ?? ''];
  if (unitMs === undefined) {
    throw new LockstepError('LS_USAGE', `the local cloud does not know the schedule ${expression}`, {
      remedy: 'Use rate(n minutes|hours|days).',
    });
  }
  return Number(count) * unitMs;
}
