import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, type ITable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export interface GangTableProps {
  /**
   * What happens to the table when the stack goes.
   * @default RemovalPolicy.DESTROY - it holds the coordination of runs; results are in the bucket
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** What a function or a host does with the table, by the ports that it uses. */
export type TableAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query';

/** The one DynamoDB table: gangs, barriers, leases, the queue. Keys are in core/names.ts, protocol in docs/barrier.md. */
export class GangTable extends Construct {
  readonly table: ITable;

  constructor(scope: Construct, id: string, props: GangTableProps = {}) {
    super(scope, id);
    const table = new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: 'ttl',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
    this.table = table as ITable;
  }

  /** Allows exactly these actions on the table. A transaction needs the actions of the writes in it. */
  grant(grantee: IGrantable, ...actions: readonly TableAction[]): Grant {
    return this.table.grant(grantee, ...actions.map((action) => `dynamodb:${action}`));
  }
}
