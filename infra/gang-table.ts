import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AttributeType,
  Billing,
  type CfnGlobalTable,
  type ITable,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { grantKey } from './key-grants.ts';

export interface GangTableProps {
  /**
   * What happens to the table when the stack goes.
   * @default RemovalPolicy.DESTROY - it holds the coordination of runs; results are in the bucket
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * The key that the table is encrypted with.
   * @default - one of DynamoDB
   */
  readonly encryptionKey?: IKey;
}

/** What a function or a host does with the table, by the ports that it uses. */
export type TableAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query';

/** The one DynamoDB table: gangs, barriers, leases, the queue. Keys are in core/names.ts, protocol in docs/barrier.md. */
export class GangTable extends Construct {
  readonly table: ITable;
  private readonly key: IKey | undefined;

  constructor(scope: Construct, id: string, props: GangTableProps = {}) {
    super(scope, id);
    this.key = props.encryptionKey;
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: 'ttl',
      ...(this.key && { encryption: TableEncryptionV2.awsManagedKey() }),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    if (this.key !== undefined) {
      // `customerManagedKey` of CDK wants a stack that is bound to a region.
      const path = 'Replicas.0.SSESpecification.KMSMasterKeyId';
      (table.node.defaultChild as CfnGlobalTable).addPropertyOverride(path, this.key.keyArn);
    }
    this.table = table as ITable;
  }

  /** Allows exactly these actions on the table, and its key. A transaction needs the actions of the writes in it. */
  grant(grantee: IGrantable, ...actions: readonly TableAction[]): Grant {
    return this.withKey(this.table.grant(grantee, ...actions.map(qualified)), grantee, actions);
  }

  /** Allows these actions on items whose partition key has one of these patterns, such as `GANG#*`. */
  grantItems(grantee: IGrantable, partitionKeys: readonly string[], ...actions: readonly TableAction[]): Grant {
    const conditions = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitionKeys } };
    const resourceArns = [this.table.tableArn];
    const grant = Grant.addToPrincipal({ grantee, actions: actions.map(qualified), resourceArns, conditions });
    return this.withKey(grant, grantee, actions);
  }

  private withKey(grant: Grant, grantee: IGrantable, actions: readonly TableAction[]): Grant {
    const writes = actions.some((action) => action !== 'GetItem' && action !== 'Query');
    const ofKey = grantKey(this.key, grantee, writes ? 'writeItems' : 'readItems');
    return ofKey === undefined ? grant : grant.combine(ofKey);
  }
}

const qualified = (action: TableAction): string => `dynamodb:${action}`;
