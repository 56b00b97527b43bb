import { Fn } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
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
import { Construct } from 'constructs';

export interface GangNetworkProps {
  /**
   * A network of one's own. Its hosts must reach S3, DynamoDB and Step Functions.
   * @default - a new one with private subnets only, see the class
   */
  readonly vpc?: IVpc;
  /**
   * Subnets that hosts are launched in, at most one a zone.
   * @default - the isolated subnets of the network
   */
  readonly subnets?: readonly ISubnet[];
  /**
   * Zones of a new network. More zones are more places to find capacity in; a gang always lies within one.
   * @default 3
   */
  readonly zones?: number;
}

/**
 * Where GPU hosts live: private subnets without any way in or out but endpoints, and a security group whose members
 * reach each other on every port, as NCCL and EFA need.
 *
 * Cost: a network, its subnets and the S3 and DynamoDB endpoints are free. The Step Functions endpoint costs about
 * 0.01 USD an hour for each zone it is in (7.30 USD a month); it is in one, which all others reach: an agent that
 * cannot send a task token loses nothing, because sweep-gangs sends it within a minute. A NAT gateway would cost four
 * times as much, and its traffic besides.
 */
export class GangNetwork extends Construct {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  /** Group of the hosts. */
  readonly securityGroup: ISecurityGroup;

  constructor(scope: Construct, id: string, props: GangNetworkProps = {}) {
    super(scope, id);
    this.vpc = props.vpc ?? this.newVpc(props.zones ?? 3);
    this.subnets = props.subnets ?? this.vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_ISOLATED }).subnets;
    this.securityGroup = this.hostGroup();
    if (props.vpc === undefined) this.addEndpoints();
  }

  private newVpc(zones: number): IVpc {
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.60.0.0/16'),
      // By position rather than by name: the template fits every region, and synthesis asks no account for its zones.
      availabilityZones: Array.from({ length: zones }, (_, index) => Fn.select(index, Fn.getAzs())),
      natGateways: 0,
      subnetConfiguration: [{ name: 'Hosts', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
      // It would need a custom resource; no host here uses the default group.
      restrictDefaultSecurityGroup: false,
    });
    return vpc as IVpc;
  }

  private hostGroup(): ISecurityGroup {
    const group = new SecurityGroup(this, 'Hosts', {
      vpc: this.vpc,
      description: 'GPU hosts: everything among themselves, nothing in from elsewhere',
      allowAllOutbound: false,
    });
    // Both directions by name: EFA wants its group named in the outbound rule too, an open one does not do.
    group.connections.allowInternally(Port.allTraffic(), 'ranks of a gang reach each other');
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS services through the endpoints');
    return group;
  }

  private addEndpoints(): void {
    this.vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    this.vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    const endpoint = this.vpc.addInterfaceEndpoint('StepFunctions', {
      service: InterfaceVpcEndpointAwsService.STEP_FUNCTIONS,
      subnets: { subnets: this.subnets.slice(0, 1) },
      open: false,
    });
    endpoint.connections.allowDefaultPortFrom(this.securityGroup, 'agents send task tokens');
  }
}
