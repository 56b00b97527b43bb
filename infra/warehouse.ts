import { Aws, Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { grantKey } from './key-grants.ts';

export interface WarehouseProps {
  readonly deployment: Deployment;
  /**
   * Bytes that one query may scan before Athena stops it.
   * @default - no limit but that of the account
   */
  readonly maxScanBytes?: number;
  /**
   * What its queries are for: the end of its name, which an account has once.
   * @default 'stage'
   */
  readonly use?: string;
}

/** The Athena workgroup that Stage queries run in: results are encrypted, and its use is counted apart from others'. */
export class Warehouse extends Construct {
  readonly workgroup: CfnWorkGroup;
  private readonly deployment: Deployment;

  constructor(scope: Construct, id: string, props: WarehouseProps) {
    super(scope, id);
    this.deployment = props.deployment;
    const key = props.deployment.encryptionKey;
    this.workgroup = new CfnWorkGroup(this, 'Workgroup', {
      name: `${props.deployment.name}-${props.use ?? 'stage'}`,
      description: `Stage queries of ${props.deployment.name}`,
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        // Each query writes below its own run.
        enforceWorkGroupConfiguration: false,
        publishCloudWatchMetricsEnabled: true,
        resultConfiguration: {
          outputLocation: props.deployment.data.bucket.s3UrlForObject('athena/'),
          encryptionConfiguration:
            key === undefined ? { encryptionOption: 'SSE_S3' } : { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
        ...(props.maxScanBytes !== undefined && { bytesScannedCutoffPerQuery: props.maxScanBytes }),
      },
    });
  }

  /** Allows to run queries in this workgroup, over the tables of this account's Glue catalogue, and to unload their rows. */
  grantQuery(grantee: IGrantable): void {
    const stack = Stack.of(this);
    const workgroup = stack.formatArn({
      service: 'athena',
      resource: 'workgroup',
      resourceName: this.workgroup.name,
    });
    const glue = (kind: string) => `arn:${Aws.PARTITION}:glue:${Aws.REGION}:${Aws.ACCOUNT_ID}:${kind}`;
    const { data } = this.deployment;
    const allow = (actions: string[], resources: string[]) =>
      grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
    allow(['athena:StartQueryExecution', 'athena:GetQueryExecution'], [workgroup]);
    allow(
      ['glue:GetDatabase', 'glue:GetTable', 'glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition'],
      [glue('catalog'), glue('database/*'), glue('table/*')],
    );
    // Athena writes with the rights of whoever starts the query: rows below the run, its own notes below athena/.
    const written = ['runs/*', 'athena/*'];
    data.grant(grantee, { read: ['athena/*'], write: written, upload: written });
    grantKey(this.deployment.encryptionKey, grantee, 'uploadObjects');
    const results = written.map((keys) => data.bucket.arnForObjects(keys));
    allow(['s3:ListMultipartUploadParts'], results);
    allow(['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'], [data.bucket.bucketArn]);
  }
}
