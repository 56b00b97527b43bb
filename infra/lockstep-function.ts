import { Duration, RemovalPolicy, type Size } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV } from '#core/names.ts';
import type { Deployment } from './deployment.ts';
import { type FunctionName, isInferenceFunction } from './function-names.ts';
import { allowService } from './key-grants.ts';

export interface LockstepFunctionProps {
  readonly deployment: Deployment;
  /** File in functions/, without its ending. */
  readonly name: FunctionName;
  /** @default 256 - enough for the SDK; network bound */
  readonly memoryMiB?: number;
  /** @default 30 seconds */
  readonly timeout?: Duration;
  /** Room in /tmp. @default 512 MiB */
  readonly disk?: Size;
  /** Variables beside table, bucket and deployment, which every function has. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A Lambda function of Lockstep: one file of functions/, its own role without any permission but to log, its own log. */
export class LockstepFunction extends Construct implements IGrantable {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: LockstepFunctionProps) {
    super(scope, id);
    const { deployment, name } = props;
    allowService(this, deployment.encryptionKey, 'logs');
    this.logGroup = new LogGroup(this, 'Log', {
      ...(deployment.encryptionKey && { encryptionKey: deployment.encryptionKey }),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // The role that CDK would make carries a managed policy that may write to every log group of the account.
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Role of the function ${name} of ${deployment.name}`,
    });
    this.grantPrincipal = this.role;
    this.logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      description: `Lockstep: ${name}`,
      code: isInferenceFunction(name) ? deployment.code.inference : deployment.code.control,
      handler: `${name}.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.X86_64,
      memorySize: props.memoryMiB ?? 256,
      timeout: props.timeout ?? Duration.seconds(30),
      ...(props.disk && { ephemeralStorageSize: props.disk }),
      role: this.role,
      logGroup: this.logGroup,
      environment: {
        [ENV.table]: deployment.table.table.tableName,
        [ENV.bucket]: deployment.data.bucket.bucketName,
        [ENV.deployment]: deployment.name,
        ...props.environment,
      },
    });
  }
}
