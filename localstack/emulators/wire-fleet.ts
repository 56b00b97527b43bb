import { type FunctionConfiguration, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ENV } from '#core/names.ts';
import type { LocalFleet } from '../embedded/ec2/start-fleet.ts';
import { ACCOUNT, REGION } from '../embedded/template/account.ts';
import { loadAssembly } from '../embedded/template/assembly.ts';
import { resolve, type Scope } from '../embedded/template/intrinsics.ts';
import { type StackResource, stackResources } from './stack-resources.ts';

/**
 * Makes the deployed launch template and subnets known to the fleet: their ids are those that the deployed functions
 * were told, the template's contents those of the assembly with the ids of the deployed resources in it (LocalStack
 * deploys no launch template, and neither emulator's would start anything).
 */
export async function wireFleet(fleet: LocalFleet, url: string, assembly: string): Promise<void> {
  const environments = (await functionsOf(url)).map(({ Environment }) => Environment?.Variables ?? {});
  const launcher = environments.find((variables) => variables[ENV.launchTemplate] !== undefined);
  if (launcher === undefined) throw new Error('no deployed function was told of a launch template');
  for (const pair of (launcher[ENV.subnets] ?? '').split(',')) {
    const [zone = '', id = ''] = pair.split('=');
    fleet.putSubnet({ id, zone });
  }
  const { template, stackName } = loadAssembly(assembly);
  const found = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::EC2::LaunchTemplate');
  if (found === undefined) throw new Error('the assembly has no launch template');
  const data = resolve(found.Properties?.LaunchTemplateData, deployedScope(await stackResources(url), stackName));
  fleet.putLaunchTemplate({
    id: launcher[ENV.launchTemplate] ?? '',
    name: 'deployed',
    versions: [data as Record<string, unknown>],
  });
}

async function functionsOf(url: string): Promise<readonly FunctionConfiguration[]> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const lambda = new LambdaClient({ endpoint: url, region: REGION, credentials });
  const functions: FunctionConfiguration[] = [];
  let Marker: string | undefined;
  do {
    const page = await lambda.send(new ListFunctionsCommand({ Marker }));
    functions.push(...(page.Functions ?? []));
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  lambda.destroy();
  return functions;
}

/** A scope in which every name of the template is that of the deployed resource; what a launch template has no use for throws. */
function deployedScope(resources: ReadonlyMap<string, StackResource>, stackName: string): Scope {
  const pseudo: Readonly<Record<string, string>> = {
    ...{ 'AWS::AccountId': ACCOUNT, 'AWS::Region': REGION, 'AWS::Partition': 'aws' },
    ...{ 'AWS::URLSuffix': 'amazonaws.com', 'AWS::StackName': stackName },
  };
  const ref = (id: string) => pseudo[id] ?? resources.get(id)?.physicalId ?? `unresolved-${id}`;
  return {
    ...{ ref, zones: ['a', 'b', 'c'].map((letter) => `${REGION}${letter}`) },
    attribute: (id, name) => {
      const isRole = resources.get(id)?.type === 'AWS::IAM::Role' && name === 'Arn';
      return isRole ? `arn:aws:iam::${ACCOUNT}:role/${ref(id)}` : `${ref(id)}.${name}`;
    },
    condition: (name) => {
      throw new Error(`the launch template asks for the condition ${name}`);
    },
    imported: (name) => {
      throw new Error(`the launch template asks for the export ${name}`);
    },
    mapping: (map) => {
      throw new Error(`the launch template asks for the mapping ${map}`);
    },
  };
}
