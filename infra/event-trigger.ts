import { Rule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { OBJECTS } from '#core/names.ts';
import type { Deployment } from './deployment.ts';
import { eventQueue } from './event-queue.ts';
import type { InferenceWorkflow } from './inference-workflow.ts';

/** Names of tables end so; other files of an inbox start nothing by themselves. */
const INBOX_ENDINGS = ['.arrow', '.arrows', '.feather', '.parquet'];

export interface EventTriggerProps {
  readonly deployment: Deployment;
  readonly workflow: InferenceWorkflow;
}

/**
 * Starts the inference workflow when something is put into the inbox: `inbox/<job>/<file>` is a run of its own where its
 * name ends as that of a table does,
 * `inbox/<job>/<batch>/_READY` starts one over the files beside it. A pattern cannot tell a file at the top from one
 * inside a batch, so the workflow ignores what starts no run. An event that cannot be delivered is kept in the dead-letter queue.
 */
export class EventTrigger extends Construct {
  readonly rule: Rule;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: EventTriggerProps) {
    super(scope, id);
    this.deadLetters = eventQueue(this, 'DeadLetters', { deployment: props.deployment });
    this.rule = new Rule(this, 'Inbox', {
      description: 'Lockstep: infer what is put into the inbox',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [props.deployment.data.bucket.bucketName] },
          object: {
            // One wildcard each, which stands for slashes too: EventBridge refuses patterns that it finds too complex.
            key: [...INBOX_ENDINGS, `/${OBJECTS.ready}`].map((ending) => ({ wildcard: `${OBJECTS.inbox}*${ending}` })),
          },
        },
      },
      // The whole event: it is shaped by the workflow, and some emulators lose what an input transformer makes of it.
      targets: [new SfnStateMachine(props.workflow.stateMachine, { deadLetterQueue: this.deadLetters })],
    });
  }
}
