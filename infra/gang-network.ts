import { Aws, Fn } from 'aws-cdk-lib';
import {
  type GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  type InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

export interface GangNetworkProps {
  /**
   * A network of one's own. Its hosts must reach S3, DynamoDB, Step Functions and STS.
   * @default - a new one, see the class
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of it that hosts are launched in, at most one a zone.
   * @default - of the most private kind that it has, with a way out where there is one: private, isolated, public
   */
  readonly subnets?: readonly ISubnet[];
  /**
   * Zones of a new network: how many, or which by name. More zones are more places to find capacity in; a gang always lies
   * within one. The instance types that you want may be offered in some zones only: name those.
   * @default 3
   */
  readonly zones?: number | readonly string[];
  /**
   * Whether hosts of a new network reach the internet, as programs do that install something. `nat` costs 33 USD a month
   * and 0.045 USD a GB.
   * @default 'isolated' - nothing but the services that Lockstep uses
   */
  readonly access?: NetworkAccess;
}

/** `isolated`: endpoints alone. `nat`: a NAT gateway besides. */
export type NetworkAccess = 'isolated' | 'nat';

/** What leads to AWS from hosts, as far as it can be limited; nothing of it is there in a network of one's own. */
interface Endpoints {
  readonly s3: GatewayVpcEndpoint;
  readonly dynamodb: GatewayVpcEndpoint;
  readonly sts: InterfaceVpcEndpoint;
}

/**
 * Where GPU hosts live: private subnets without any way in, and out but by endpoints where no NAT gateway is asked for; and a
 * security group whose members reach each other on every port, as NCCL and EFA need. The endpoints of S3 and DynamoDB let
 * through what `allowBucket` and `allowTable` name, so that a program with credentials of its own cannot carry data out by them.
 *
 * Cost: a network, its subnets and the S3 and DynamoDB endpoints are free. The endpoints of Step Functions and STS cost about
 * 0.01 USD an hour each for each zone they are in (7.30 USD a month); they are in one, which all others reach. An agent that
 * cannot send a task token loses nothing, because sweep-gangs sends it within a minute; one that cannot reach STS cannot
 * start, and goes on for half an hour if it has. A NAT gateway would cost more than both, and its traffic besides.
 */
export class GangNetwork extends Construct {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  /** Group of the hosts. */
  readonly securityGroup: ISecurityGroup;
  private readonly endpoints: Endpoints | undefined;

  constructor(scope: Construct, id: string, props: GangNetworkProps = {}) {
    super(scope, id);
    const access = props.access ?? 'isolated';
    this.vpc = props.vpc ?? this.newVpc(props.zones ?? 3, access);
    this.subnets = props.subnets ?? mostPrivate(this.vpc);
    this.securityGroup = this.hostGroup(access);
    this.endpoints = props.vpc === undefined ? this.addEndpoints() : undefined;
  }

  /** Lets hosts through to these objects of a bucket, `*` for all, where the network has an endpoint of S3 of its own. */
  allowBucket(bucketArn: string, keys = '*'): void {
    this.allowS3(['s3:*'], [bucketArn, `${bucketArn}/${keys}`]);
  }

  /** Lets hosts through to a table, where the network has an endpoint of DynamoDB of its own. */
  allowTable(tableArn: string): void {
    this.endpoints?.dynamodb.addToPolicy(
      new PolicyStatement({ principals: [new AnyPrincipal()], actions: ['dynamodb:*'], resources: [tableArn] }),
    );
  }

  /** Lets hosts take on a role, where the network has an endpoint of STS of its own. */
  allowRole(roleArn: string): void {
    const actions = ['sts:AssumeRole', 'sts:TagSession'];
    this.endpoints?.sts.addToPolicy(
      new PolicyStatement({ principals: [new AnyPrincipal()], actions, resources: [roleArn] }),
    );
  }

  /** Lets hosts read parameters and secrets of these ARNs, where the network has endpoints of its own: 7.30 USD a month each. */
  allowSecrets({ ssm, secretsmanager }: { readonly ssm: string[]; readonly secretsmanager: string[] }): void {
    if (this.endpoints === undefined) return;
    const services = [
      { id: 'Ssm', service: InterfaceVpcEndpointAwsService.SSM, action: 'ssm:GetParameter', resources: ssm },
      {
        ...{ id: 'SecretsManager', service: InterfaceVpcEndpointAwsService.SECRETS_MANAGER },
        ...{ action: 'secretsmanager:GetSecretValue', resources: secretsmanager },
      },
    ];
    for (const { id, service, action, resources } of services.filter((one) => one.resources.length > 0)) {
      const statement = { principals: [new AnyPrincipal()], actions: [action], resources };
      this.interfaceEndpoint(id, service).addToPolicy(new PolicyStatement(statement));
    }
  }

  private allowS3(actions: string[], resources: string[]): void {
    this.endpoints?.s3.addToPolicy(new PolicyStatement({ principals: [new AnyPrincipal()], actions, resources }));
  }

  private newVpc(zones: number | readonly string[], access: NetworkAccess): IVpc {
    const isOpen = access === 'nat';
    const hosts = isOpen ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PRIVATE_ISOLATED;
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.60.0.0/16'),
      // By position where no names are given: the template fits every region, and synthesis asks no account for its zones.
      availabilityZones:
        typeof zones === 'number'
          ? Array.from({ length: zones }, (_, index) => Fn.select(index, Fn.getAzs()))
          : [...zones],
      natGateways: isOpen ? 1 : 0,
      subnetConfiguration: [
        { name: 'Hosts', subnetType: hosts, cidrMask: 20 },
        ...(isOpen ? [{ name: 'Nat', subnetType: SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false }] : []),
      ],
      // It would need a custom resource; no host here uses the default group.
      restrictDefaultSecurityGroup: false,
    });
    return vpc as IVpc;
  }

  private hostGroup(access: NetworkAccess): ISecurityGroup {
    const group = new SecurityGroup(this, 'Hosts', {
      vpc: this.vpc,
      description: 'GPU hosts: everything among themselves, nothing in from elsewhere',
      allowAllOutbound: false,
    });
    // Both directions by name: EFA wants its group named in the outbound rule too, an open one does not do.
    group.connections.allowInternally(Port.allTraffic(), 'ranks of a gang reach each other');
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS services through the endpoints');
    if (access === 'nat') group.addEgressRule(Peer.anyIpv4(), Port.tcp(80), 'repositories of packages');
    return group;
  }

  private addEndpoints(): Endpoints {
    const s3 = this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    const dynamodb = this.vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    const endpoint = this.interfaceEndpoint('StepFunctions', InterfaceVpcEndpointAwsService.STEP_FUNCTIONS);
    const sts = this.interfaceEndpoint('Sts', InterfaceVpcEndpointAwsService.STS);
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['states:SendTaskSuccess', 'states:SendTaskHeartbeat'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
      }),
    );
    s3.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject'],
        // Where Amazon Linux 2023 keeps its packages, in each region under this name.
        resources: [`arn:${Aws.PARTITION}:s3:::al2023-repos-${Aws.REGION}-de612dc2/*`],
      }),
    );
    return { s3, dynamodb, sts };
  }

  private interfaceEndpoint(id: string, service: InterfaceVpcEndpointAwsService): InterfaceVpcEndpoint {
    const subnets = { subnets: this.subnets.slice(0, 1) };
    const endpoint = this.vpc.addInterfaceEndpoint(id, { service, subnets, open: false });
    endpoint.connections.allowDefaultPortFrom(this.securityGroup, 'agents');
    return endpoint;
  }
}

/** One subnet a zone, of the first of these kinds that a network has. */
function mostPrivate(vpc: IVpc): readonly ISubnet[] {
  const kinds = [
    { subnetType: SubnetType.PRIVATE_WITH_EGRESS, has: vpc.privateSubnets },
    { subnetType: SubnetType.PRIVATE_ISOLATED, has: vpc.isolatedSubnets },
    { subnetType: SubnetType.PUBLIC, has: vpc.publicSubnets },
  ];
  const kind = kinds.find(({ has }) => has.length > 0);
  if (kind === undefined) throw new Error('expected a network with subnets, got one that has none: pass `subnets`');
  return vpc.selectSubnets({ subnetType: kind.subnetType, onePerAz: true }).subnets;
}

/** Reads the name of a kind of access. */
export function parseAccess(text: string): NetworkAccess {
  if (text === 'isolated' || text === 'nat') return text;
  throw new Error(`expected the network to be isolated or nat, got ${JSON.stringify(text)}`);
}
