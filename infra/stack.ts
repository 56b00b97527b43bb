import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type Bundle, type CodeAsset, publishedBundle } from './code-assets.ts';
import { DataBucket } from './data-bucket.ts';
import type { Deployment } from './deployment.ts';
import { EventTrigger } from './event-trigger.ts';
import { GangTable } from './gang-table.ts';
import { GpuFleet } from './gpu-fleet.ts';
import { InferenceWorkflow } from './inference-workflow.ts';
import { TrainingWorkflow } from './training-workflow.ts';

export interface LockstepStackProps extends StackProps {
  /**
   * The code of functions and hosts.
   * @default - the code that this package was published with
   */
  readonly bundle?: Bundle;
  /**
   * A data bucket of one's own.
   * @default - a new one
   */
  readonly bucket?: IBucket;
  /**
   * Names of buckets beside it that training data, tables of the warehouse, inputs and models may be read from.
   * @default - none; what lies below `data/` in the data bucket can always be read
   */
  readonly sources?: readonly string[];
}

/** One deployment: the table, the bucket, the fleet, the two workflows and the trigger between them. */
export class LockstepStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { bundle = publishedBundle(), bucket, sources: names = [], ...props }: LockstepStackProps = {},
  ) {
    super(scope, id, props);
    const deployment: Deployment = {
      name: this.stackName,
      table: new GangTable(this, 'Gangs'),
      data: new DataBucket(this, 'Data', bucket === undefined ? {} : { bucket }),
      code: { control: lambdaCode(bundle.control), inference: lambdaCode(bundle.inference) },
    };
    const fleet = new GpuFleet(this, 'Fleet', { deployment, agent: bundle.agent });
    const sources = names.map((name) => Bucket.fromBucketName(this, `Source-${name}`, name));
    const training = new TrainingWorkflow(this, 'Training', { deployment, fleet, sources });
    const inference = new InferenceWorkflow(this, 'Inference', { deployment, sources });
    new EventTrigger(this, 'Inbox', { deployment, workflow: inference });

    this.output('DeploymentName', deployment.name);
    this.output('BucketName', deployment.data.bucket.bucketName);
    this.output('TableName', deployment.table.table.tableName);
    this.output('TrainingWorkflowArn', training.stateMachine.stateMachineArn);
    this.output('InferenceWorkflowArn', inference.stateMachine.stateMachineArn);
  }

  /** An output under exactly this name, which the command line and the local cloud read. */
  private output(name: string, value: string): void {
    new CfnOutput(this, `${name}Output`, { value }).overrideLogicalId(name);
  }
}

const lambdaCode = ({ path, hash }: CodeAsset): Code => Code.fromAsset(path, { assetHash: hash });
