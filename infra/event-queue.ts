import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { allowService } from './key-grants.ts';

/** A queue that EventBridge writes into: encrypted, TLS only, and as patient as a queue may be. */
export function eventQueue(
  scope: Construct,
  id: string,
  { deployment, ...props }: { readonly deployment: Deployment } & QueueProps,
): Queue {
  const { encryptionKey } = deployment;
  allowService(scope, encryptionKey, 'events');
  return new Queue(scope, id, {
    ...(encryptionKey === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }),
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
    ...props,
  });
}
