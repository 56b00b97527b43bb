import { LockstepError } from '#core/errors.ts';
import type { Declared } from '../template/declared.ts';

/** A queue whose messages a function is invoked with. */
export interface SqsMapping {
  readonly queueArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  /** How long a batch may wait for more messages. */
  readonly windowMs: number;
  /** True if the function says which messages failed. */
  readonly reportsFailures: boolean;
}

interface MappingProperties {
  readonly EventSourceArn?: string;
  readonly FunctionName?: string;
  readonly BatchSize?: number;
  readonly MaximumBatchingWindowInSeconds?: number;
  readonly FunctionResponseTypes?: readonly string[];
  readonly Enabled?: boolean;
}

/** `AWS::Lambda::EventSourceMapping` → a mapping; undefined if it is switched off. LS_USAGE for a source beside SQS. */
export function mappingOf({ logicalId, properties }: Declared): SqsMapping | undefined {
  const given = properties as MappingProperties;
  if (given.Enabled === false) return undefined;
  if (given.EventSourceArn?.split(':')[2] !== 'sqs' || given.FunctionName === undefined) {
    throw new LockstepError('LS_USAGE', `the event source ${logicalId} is not an SQS queue`, {
      remedy: 'The local cloud polls SQS queues only.',
    });
  }
  return {
    queueArn: given.EventSourceArn,
    functionName: given.FunctionName,
    batchSize: given.BatchSize ?? 10,
    windowMs: (given.MaximumBatchingWindowInSeconds ?? 0) * 1000,
    reportsFailures: given.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
  };
}
