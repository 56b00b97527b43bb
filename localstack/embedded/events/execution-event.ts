import type { Execution } from '../step-functions/execution.ts';
import { type BusEvent, newEvent } from './event.ts';

/** The event that Step Functions sends at each start and each end of an execution. */
export function executionChanged(execution: Execution): BusEvent {
  const { start, status, startedAtMs, stoppedAtMs, ending } = execution;
  return newEvent({
    source: 'aws.states',
    detailType: 'Step Functions Execution Status Change',
    resources: [start.arn],
    detail: {
      executionArn: start.arn,
      stateMachineArn: start.stateMachineArn,
      name: start.name,
      status,
      startDate: startedAtMs,
      stopDate: stoppedAtMs ?? null,
      input: start.input,
      inputDetails: { included: true },
      output: ending?.output ?? null,
      outputDetails: ending?.output === undefined ? null : { included: true },
      error: ending?.error ?? null,
      cause: ending?.cause ?? null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount: 0,
      redriveDate: null,
      redriveStatus: 'NOT_REDRIVABLE',
    },
  });
}
