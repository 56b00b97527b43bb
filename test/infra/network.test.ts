/** Where hosts live in the accounts that people have: networks of one's own, zones by name, tags of an app. */
import { App, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IVpc, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { ENV } from '#core/names.ts';
import { LockstepStack, type LockstepStackProps } from '../../infra/stack.ts';
import { emptyBundle, resources, text, variables } from './synthesized.ts';

const stackWith = (props: LockstepStackProps, app = new App()) =>
  new LockstepStack(app, 'Lockstep', { bundle: emptyBundle(), ...props });
const templateWith = (props: LockstepStackProps) => Template.fromStack(stackWith(props));
const all = (template: Template, type: string) => Object.values(resources(template, type));

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

function endpointPolicies(template: Template): ReadonlyMap<string, readonly Statement[]> {
  return new Map(
    all(template, 'AWS::EC2::VPCEndpoint').map(({ Properties }) => {
      const { Statement = [] } = (Properties.PolicyDocument ?? {}) as { readonly Statement?: readonly Statement[] };
      return [text(Properties.ServiceName).split('.').at(-1) ?? '', Statement];
    }),
  );
}

const subnetsOf = (template: Template): string => {
  const acquire = all(template, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties.Handler === 'acquire-hosts.handler',
  );
  return text(acquire && variables(acquire)[ENV.subnets]);
};

describe('the endpoints of a new network', () => {
  const policies = endpointPolicies(templateWith({ sources: ['my-data'] }));
  const resourcesOf = (service: string) =>
    (policies.get(service) ?? []).flatMap(({ Resource }) => [Resource].flat().map((one) => text(one)));

  it('all have a policy', () => {
    expect([...policies.keys()].sort()).toEqual(['dynamodb', 's3', 'states', 'sts']);
    for (const statements of policies.values()) expect(statements.length).toBeGreaterThan(0);
  });

  it('let hosts through to the buckets of the deployment, its sources, the agent and the packages, and to no other', () => {
    const named = resourcesOf('s3');
    expect(named).not.toContain('*');
    for (const bucket of [/DataBucket\w+\.Arn\}$/, /DataBucket\w+\.Arn\}\/\*$/, /:::my-data$/, /:::my-data\/\*$/]) {
      expect(named).toContainEqual(expect.stringMatching(bucket));
    }
    expect(named).toContainEqual(expect.stringMatching(/^arn:aws:s3:::al2023-repos-.*-de612dc2\/\*$/));
    expect(named.filter((one) => /cdk-.*-assets-/.test(one)).every((one) => !one.endsWith('/*'))).toBe(true);
    expect(named).toHaveLength(7);
  });

  it('let hosts take on the role of agents, and no other', () => {
    expect(resourcesOf('sts')).toEqual([expect.stringMatching(/^\$\{FleetAgentRole\w+\.Arn\}$/)]);
  });

  it('let hosts through to the one table, and to the answers of task tokens of this account', () => {
    expect(resourcesOf('dynamodb')).toEqual([expect.stringMatching(/^\$\{GangsTable\w+\.Arn\}$/)]);
    expect(policies.get('states')).toEqual([
      expect.objectContaining({
        Action: ['states:SendTaskSuccess', 'states:SendTaskHeartbeat'],
        Condition: { StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } },
      }),
    ]);
  });
});

describe('a new network', () => {
  it('has no way to the internet, unless one is asked for; hosts have no public address then either', () => {
    const open = templateWith({ network: { access: 'nat' } });
    expect(all(templateWith({}), 'AWS::EC2::NatGateway')).toEqual([]);
    expect(all(open, 'AWS::EC2::NatGateway')).toHaveLength(1);
    for (const { Properties } of all(open, 'AWS::EC2::Subnet')) expect(Properties.MapPublicIpOnLaunch).toBe(false);
    const named = subnetsOf(open);
    expect(named).toContain('HostsSubnet');
    expect(named).not.toContain('NatSubnet');
    expect(endpointPolicies(open).size).toBe(4);
  });

  it('lies in the zones that are named', () => {
    const zones = ['us-west-2b', 'us-west-2d'];
    const template = templateWith({ network: { zones } });
    expect(all(template, 'AWS::EC2::Subnet').map(({ Properties }) => Properties.AvailabilityZone)).toEqual(zones);
    expect(subnetsOf(template)).toMatch(/^us-west-2b=.*,us-west-2d=/);
  });
});

describe("a network of one's own", () => {
  const withKinds = (...kinds: readonly SubnetType[]) => {
    const app = new App();
    const shared = new Stack(app, 'Shared');
    const subnetConfiguration = kinds.map((subnetType, index) => ({ name: `Kind${index}`, subnetType, cidrMask: 24 }));
    const vpc = new Vpc(shared, 'Vpc', { maxAzs: 2, subnetConfiguration });
    return Template.fromStack(stackWith({ network: { vpc: vpc as IVpc } }, app));
  };
  const { PRIVATE_ISOLATED, PRIVATE_WITH_EGRESS, PUBLIC } = SubnetType;

  it.each([
    ['private ones with a way out', [PUBLIC, PRIVATE_ISOLATED, PRIVATE_WITH_EGRESS], 'Kind2'],
    ['isolated ones', [PUBLIC, PRIVATE_ISOLATED], 'Kind1'],
    ['public ones', [PUBLIC], 'Kind0'],
  ] as const)('gets hosts into its subnets, one a zone: %s', (_, kinds, chosen) => {
    const template = withKinds(...kinds);
    const named = subnetsOf(template);
    expect(named).toContain(chosen);
    expect(named.match(/=/g)).toHaveLength(2);
    expect(all(template, 'AWS::EC2::VPC')).toEqual([]);
    expect(all(template, 'AWS::EC2::VPCEndpoint')).toEqual([]);
  });

  it('has one subnet of each zone also where it has several', () => {
    const named = subnetsOf(withKinds(PRIVATE_ISOLATED, PRIVATE_ISOLATED));
    expect(named.match(/=/g)).toHaveLength(2);
  });
});

describe('what an app lays over its stacks', () => {
  it('is refused at synthesis where every launch would be: a tag that metadata cannot show', () => {
    const app = new App();
    const stack = stackWith({}, app);
    Tags.of(app).add('Cost Center/Team', 'ml');
    expect(() => app.synth()).toThrow(/got "Cost Center\/Team": every launch would be refused/);
    expect(stack.stackName).toBe('Lockstep');
  });

  it('may be tags that hosts can show, which reach them', () => {
    const app = new App();
    const stack = stackWith({}, app);
    Tags.of(app).add('cost-center', 'ml');
    app.synth();
    const [launchTemplate] = all(Template.fromStack(stack), 'AWS::EC2::LaunchTemplate');
    expect(JSON.stringify(launchTemplate)).toContain('cost-center');
  });

  it('may be a boundary of permissions, which every role then has', () => {
    const app = new App();
    const stack = stackWith({}, app);
    PermissionsBoundary.of(app).apply(ManagedPolicy.fromAwsManagedPolicyName('PowerUserAccess'));
    const roles = all(Template.fromStack(stack), 'AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(10);
    for (const { Properties } of roles) expect(text(Properties.PermissionsBoundary)).toMatch(/PowerUserAccess$/);
  });

  it('may be another image: for P3, for Trainium', () => {
    const [launchTemplate] = all(
      templateWith({ imageParameter: '/aws/service/neuron/dlami/base/amazon-linux-2023/latest/image_id' }),
      'AWS::EC2::LaunchTemplate',
    );
    expect(text(Object(launchTemplate?.Properties.LaunchTemplateData).ImageId)).toBe(
      'resolve:ssm:/aws/service/neuron/dlami/base/amazon-linux-2023/latest/image_id',
    );
  });
});
