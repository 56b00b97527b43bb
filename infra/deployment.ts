import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { DataBucket } from './data-bucket.ts';
import type { GangTable } from './gang-table.ts';

/** What every construct of one deployment shares. */
export interface Deployment {
  /** Name of the deployment; the value of the tag by which hosts are found, see TAGS in core/names.ts. */
  readonly name: string;
  readonly table: GangTable;
  readonly data: DataBucket;
  /** Encrypts queues, logs and results of queries, and disks of hosts that are given no other. Default: keys of the services. */
  readonly encryptionKey?: IKey;
  /** The two Lambda assets, see bundle.ts. */
  readonly code: { readonly control: Code; readonly inference: Code };
}
