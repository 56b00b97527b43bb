import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { grantKey } from './key-grants.ts';

export interface DataBucketProps {
  /**
   * A bucket of one's own. It must send its events to EventBridge.
   * @default - a new one, encrypted, TLS only, closed to the public, kept when the stack goes
   */
  readonly bucket?: IBucket;
  /**
   * The key that a new bucket encrypts its objects with.
   * @default - a key of S3
   */
  readonly encryptionKey?: IKey;
}

export interface ObjectGrant {
  /** Key patterns such as `runs/*` that may be read. */
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  /** Where objects are written in parts, whose remains must be removed if one fails. */
  readonly upload?: readonly string[];
  readonly delete?: readonly string[];
}

/** The one data bucket. Keys are in core/names.ts; below `data/` is what people keep there to be read, and nobody writes. */
export class DataBucket extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, props: DataBucketProps = {}) {
    super(scope, id);
    this.bucket = props.bucket ?? this.newBucket(props.encryptionKey);
  }

  /**
   * Allows these actions on these keys, and to list the bucket: without that right S3 answers 403 instead of 404 for an
   * object that does not exist, and a right limited to some prefixes does not count, because no prefix is asked for. Where the
   * bucket has a key of one's own, to use that as well.
   */
  grant(grantee: IGrantable, grant: ObjectGrant): Grant {
    const rights: readonly (readonly [string, readonly string[] | undefined])[] = [
      ['s3:GetObject', grant.read],
      ['s3:PutObject', grant.write],
      ['s3:AbortMultipartUpload', grant.upload],
      ['s3:DeleteObject', grant.delete],
    ];
    const grants = rights.flatMap(([action, keys = []]) => {
      if (keys.length === 0) return [];
      const resourceArns = keys.map((key) => this.bucket.arnForObjects(key));
      return Grant.addToPrincipal({ grantee, actions: [action], resourceArns });
    });
    const key = this.bucket.encryptionKey;
    grants.push(
      ...[
        grant.read?.length ? grantKey(key, grantee, 'readObjects') : undefined,
        grant.write?.length ? grantKey(key, grantee, 'writeObjects') : undefined,
        grant.upload?.length ? grantKey(key, grantee, 'uploadObjects') : undefined,
      ].filter((each) => each !== undefined),
    );
    const list = { grantee, actions: ['s3:ListBucket'], resourceArns: [this.bucket.bucketArn] };
    return [...grants, Grant.addToPrincipal(list)].reduce((all, each) => all.combine(each));
  }

  private newBucket(encryptionKey: IKey | undefined): IBucket {
    const bucket = new Bucket(this, 'Bucket', {
      ...(encryptionKey === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : // One data key for many objects: S3 asks KMS, and pays for it, a hundredth as often.
          { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      lifecycleRules: [{ id: 'IncompleteUploads', abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // `eventBridgeEnabled: true` would add a custom resource to set what is a plain property of the bucket.
    (bucket.node.defaultChild as CfnBucket).addPropertyOverride(
      'NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled',
      true,
    );
    return bucket as IBucket;
  }
}
