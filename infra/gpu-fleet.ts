import { ArnFormat, Aws, Fn, Stack, TagManager, Tags } from 'aws-cdk-lib';
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  InstanceInitiatedShutdownBehavior,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MachineImage,
  UserData,
} from 'aws-cdk-lib/aws-ec2';
import {
  ArnPrincipal,
  type Grant,
  type IGrantable,
  type IInstanceProfile,
  InstanceProfile,
  type IPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { ENV, gangPartitions, RUN_TAG, TAGS } from '#core/names.ts';
import type { CodeAsset } from './code-assets.ts';
import type { Deployment } from './deployment.ts';
import { GangNetwork, type GangNetworkProps } from './gang-network.ts';
import { hostUserData } from './host-user-data.ts';
import { allowSpotDisks, grantDisks } from './key-grants.ts';

export interface GpuFleetProps {
  readonly deployment: Deployment;
  /** The bundled agent, see bundle.ts. */
  readonly agent: CodeAsset;
  /** @default - a new private network, see GangNetwork */
  readonly network?: GangNetworkProps;
  /**
   * SSM parameter that holds the id of the image, read at each launch.
   * @default - the newest Deep Learning Base image (NVIDIA driver, Amazon Linux 2023, x86_64)
   */
  readonly imageParameter?: string;
  /**
   * What tasks may name in `task.secrets`. Without a prefix of one's own the values of all teams are open to all tasks.
   * @default - nothing
   */
  readonly secrets?: TaskSecretsProps;
  /** @default 200 */
  readonly diskGiB?: number;
  /**
   * The key that disks are encrypted with. Name it also where it is the account's own default key for disks and not one of
   * AWS: a launch needs rights on it, and a host without them dies before it has started.
   * @default - that of the deployment; where it has none, the account's default key for disks
   */
  readonly diskKey?: IKey;
}

/** Names of what tasks may name as secrets. A key of one's own in KMS must let the role of agents decrypt. */
export interface TaskSecretsProps {
  /** Of SSM parameters, with `*` at the end for all below: `/lockstep/*`. */
  readonly parameters?: readonly string[];
  /** Of secrets of Secrets Manager, likewise. */
  readonly secrets?: readonly string[];
}

const DEFAULT_IMAGE = '/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id';

/** In a policy: the run that a session is tagged with. */
const ITS_RUN = `\${aws:PrincipalTag/${RUN_TAG}}`;

/** The role by which EC2 takes spot hosts back. */
const SPOT_ROLE = `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot`;

/** Everything that an EC2 launch of GPU hosts needs, and the right to make one. It costs nothing while no host runs. */
export class GpuFleet extends Construct implements IGrantable {
  readonly network: GangNetwork;
  readonly launchTemplate: LaunchTemplate;
  /** Role of the agents on hosts, each for its run: what it allows is limited to the run that a session is tagged with. */
  readonly role: Role;
  /** Role of the hosts themselves, which can fetch the agent and take on that of agents, and nothing else. */
  readonly hostRole: Role;
  readonly grantPrincipal: IPrincipal;
  private readonly deployment: Deployment;
  private readonly imageParameter: string;
  private readonly diskKey: IKey | undefined;

  constructor(scope: Construct, id: string, props: GpuFleetProps) {
    super(scope, id);
    this.deployment = props.deployment;
    this.imageParameter = props.imageParameter ?? DEFAULT_IMAGE;
    this.diskKey = props.diskKey ?? props.deployment.encryptionKey;
    allowSpotDisks(this, this.diskKey, SPOT_ROLE);
    this.network = new GangNetwork(this, 'Network', props.network);
    this.network.allowBucket(this.deployment.data.bucket.bucketArn);
    this.network.allowTable(this.deployment.table.table.tableArn);
    this.hostRole = this.newHostRole();
    this.role = this.newAgentRole();
    this.network.allowRole(this.role.roleArn);
    this.grantPrincipal = this.role;
    if (props.secrets !== undefined) this.allowSecrets(props.secrets);
    this.launchTemplate = this.newLaunchTemplate(props);
  }

  /** Variables of a function that launches hosts. */
  get launchEnvironment(): Record<string, string> {
    const subnets = this.network.subnets.map((subnet) => `${subnet.availabilityZone}=${subnet.subnetId}`);
    return {
      [ENV.launchTemplate]: this.launchTemplate.launchTemplateId ?? '',
      [ENV.subnets]: Fn.join(',', subnets),
    };
  }

  /** Allows to launch hosts with this template into these subnets, tagged as this deployment's, and nothing else. */
  grantLaunch(grantee: IGrantable): void {
    const own = { StringEquals: { [`aws:RequestTag/${TAGS.deployment}`]: this.deployment.name } };
    const template = { ArnLike: { 'ec2:LaunchTemplate': this.arn('launch-template', this.templateId) } };
    this.allow(grantee, 'ec2:RunInstances', [this.arn('instance', '*')], own);
    this.allow(
      grantee,
      'ec2:RunInstances',
      [
        this.arn('launch-template', this.templateId),
        this.arn('security-group', this.network.securityGroup.securityGroupId),
        ...this.network.subnets.map((subnet) => this.arn('subnet', subnet.subnetId)),
        this.arn('network-interface', '*'),
        this.arn('volume', '*'),
        `arn:${Aws.PARTITION}:ec2:${Aws.REGION}::image/*`,
      ],
      template,
    );
    // EC2 makes it for each spot launch; it takes no condition on a template. The role is EC2's own, made at the first.
    this.allow(grantee, 'ec2:RunInstances', [this.arn('spot-instances-request', '*')]);
    this.allow(grantee, 'iam:CreateServiceLinkedRole', [SPOT_ROLE], {
      StringEquals: { 'iam:AWSServiceName': 'spot.amazonaws.com' },
    });
    const atLaunch = { StringEquals: { 'ec2:CreateAction': 'RunInstances' } };
    this.allow(grantee, 'ec2:CreateTags', [this.arn('instance', '*'), this.arn('volume', '*')], atLaunch);
    grantDisks(this.diskKey, grantee);
    this.allow(grantee, 'ssm:GetParameters', [this.imageParameterArn]);
    this.allow(grantee, 'iam:PassRole', [this.hostRole.roleArn], {
      StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
    });
  }

  /** Lets hosts read a bucket beside the deployment's own: by their role, and through the endpoint. */
  grantReadBucket(bucket: IBucket): Grant {
    this.network.allowBucket(bucket.bucketArn);
    return bucket.grantRead(this);
  }

  /** Allows to see instances: all of the account, because EC2 knows no finer right. */
  grantDescribe(grantee: IGrantable): void {
    this.allow(grantee, 'ec2:DescribeInstances', ['*']);
  }

  /** Allows to see instances and to terminate those of this deployment. */
  grantRelease(grantee: IGrantable): void {
    this.grantDescribe(grantee);
    const own = { StringEquals: { [`ec2:ResourceTag/${TAGS.deployment}`]: this.deployment.name } };
    this.allow(grantee, 'ec2:TerminateInstances', [this.arn('instance', '*')], own);
  }

  private get templateId(): string {
    return this.launchTemplate.launchTemplateId ?? '';
  }

  /** Parameters below /aws/ belong to AWS, and to no account. */
  private get imageParameterArn(): string {
    const account = this.imageParameter.startsWith('/aws/') ? '' : Aws.ACCOUNT_ID;
    return `arn:${Aws.PARTITION}:ssm:${Aws.REGION}:${account}:parameter/${this.imageParameter.replace(/^\//, '')}`;
  }

  private arn(kind: string, name: string): string {
    return Stack.of(this).formatArn({ service: 'ec2', resource: kind, resourceName: name });
  }

  private allow(grantee: IGrantable, action: string, resources: string[], conditions?: Record<string, unknown>): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: [action], resources, ...(conditions && { conditions }) }),
    );
  }

  private allowSecrets({ parameters = [], secrets = [] }: TaskSecretsProps): void {
    const arn = (service: string, resource: string, resourceName: string, arnFormat: ArnFormat) =>
      Stack.of(this).formatArn({ service, resource, resourceName, arnFormat });
    const named = (name: string) => arn('ssm', 'parameter', name.replace(/^\//, ''), ArnFormat.SLASH_RESOURCE_NAME);
    if (parameters.length > 0) this.allow(this.role, 'ssm:GetParameter', parameters.map(named));
    // Secrets Manager puts six letters of its own behind a name.
    const secretOf = (name: string) => arn('secretsmanager', 'secret', `${name}-??????`, ArnFormat.COLON_RESOURCE_NAME);
    if (secrets.length > 0) this.allow(this.role, 'secretsmanager:GetSecretValue', secrets.map(secretOf));
    this.network.allowSecrets({
      ssm: parameters.length > 0 ? parameters.map(named) : [],
      secretsmanager: secrets.length > 0 ? secrets.map(secretOf) : [],
    });
  }

  private newHostRole(): Role {
    return new Role(this, 'HostRole', {
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
      description: `GPU hosts of ${this.deployment.name}`,
    });
  }

  /** Nobody can take it on without naming one run, and nothing that it allows is allowed without that name. */
  private newAgentRole(): Role {
    const itsHosts = new ArnPrincipal(this.hostRole.roleArn).withConditions({
      StringLike: { [`aws:RequestTag/${RUN_TAG}`]: '?*' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': [RUN_TAG] },
    });
    const role = new Role(this, 'AgentRole', {
      assumedBy: itsHosts.withSessionTags(),
      description: `Agents of ${this.deployment.name}, each for its run`,
    });
    this.allow(this.hostRole, 'sts:AssumeRole', [role.roleArn]);
    this.allow(this.hostRole, 'sts:TagSession', [role.roleArn]);
    const { table, data } = this.deployment;
    table.grantItems(role, gangPartitions(ITS_RUN), 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    data.grant(role, {
      read: [`runs/${ITS_RUN}/*`, 'data/*', 'inbox/*', 'models/*', 'environments/*'],
      // Wheels of Python environments, beside what belongs to the run.
      write: [`runs/${ITS_RUN}/*`, 'environments/*'],
      upload: [`runs/${ITS_RUN}/*`, 'environments/*'],
      // Checkpoints that are no longer kept.
      delete: [`runs/${ITS_RUN}/checkpoints/*`],
    });
    return role;
  }

  private newLaunchTemplate(props: GpuFleetProps): LaunchTemplate {
    const asset = new Asset(this, 'Agent', { path: props.agent.path, assetHash: props.agent.hash });
    // Not asset.grantRead: that would open the whole bucket of assets.
    this.allow(this.hostRole, 's3:GetObject', [asset.bucket.arnForObjects(asset.s3ObjectKey)]);
    this.network.allowBucket(asset.bucket.bucketArn, asset.s3ObjectKey);
    const userData = UserData.custom(
      hostUserData({
        agentAsset: { bucket: asset.s3BucketName, key: asset.s3ObjectKey },
        table: this.deployment.table.table.tableName,
        bucket: this.deployment.data.bucket.bucketName,
        deployment: this.deployment.name,
        region: Aws.REGION,
        agentRole: this.role.roleArn,
      }),
    );
    const template = new LaunchTemplate(this, 'Template', {
      machineImage: MachineImage.resolveSsmParameterAtLaunch(this.imageParameter),
      userData,
      instanceProfile: new InstanceProfile(this, 'Profile', { role: this.hostRole }) as IInstanceProfile,
      securityGroup: this.network.securityGroup,
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      // A container or a proxy on the host must not reach the role.
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: true,
      instanceInitiatedShutdownBehavior: InstanceInitiatedShutdownBehavior.TERMINATE,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(props.diskGiB ?? 200, {
            encrypted: true,
            ...(this.diskKey && { kmsKey: this.diskKey }),
            volumeType: EbsDeviceVolumeType.GP3,
            deleteOnTermination: true,
          }),
        },
      ],
    });
    Tags.of(template).add(TAGS.deployment, this.deployment.name);
    template.node.addValidation({ validate: () => unshowable(TagManager.of(template)?.tagValues() ?? {}) });
    return template;
  }
}

/** What the metadata service of a host can show as the name of a tag. */
const SHOWABLE = /^[A-Za-z0-9+\-=.,_:@]+$/;

/** Tags of an app reach the hosts too, and an instance whose metadata shows tags is refused with a name of another kind. */
function unshowable(tags: Readonly<Record<string, string>>): string[] {
  return Object.keys(tags)
    .filter((name) => !SHOWABLE.test(name))
    .map(
      (name) =>
        `expected names of tags without spaces and slashes, because GPU hosts show their tags in their metadata, got ${JSON.stringify(name)}: every launch would be refused. Rename it, or leave it off the fleet: Tags.of(stack).add(…, { excludeResourceTypes: ['AWS::EC2::LaunchTemplate'] })`,
    );
}
