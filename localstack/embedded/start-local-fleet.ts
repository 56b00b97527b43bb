import { join } from 'node:path';
import { ENV } from '#core/names.ts';
import { type LocalFleet, startFleet } from './ec2/start-fleet.ts';
import type { Stopping } from './stopping.ts';
import type { Stack } from './template/stack.ts';
import { unpackedAsset } from './template/unpack-asset.ts';

export interface LocalFleetOptions {
  readonly stack: Stack;
  readonly stateDir: string;
  readonly port: () => number;
  readonly env: () => Readonly<Record<string, string>>;
  readonly capacity: Readonly<Record<string, number>> | undefined;
}

/** Starts the fleet emulator with the subnets and launch templates of the stack. */
export async function startLocalFleet(options: LocalFleetOptions, stopping: Stopping): Promise<LocalFleet> {
  const { stack, stateDir, port, env, capacity } = options;
  const fleet = await stopping.started(
    startFleet({
      stateDir,
      port: port(),
      resolveAsset: (uri) => unpackedAsset(assetFolder(stack, uri), join(stateDir, 'agents')),
      hostEnv: env,
      ...(capacity === undefined ? {} : { capacity }),
    }),
  );
  for (const { ref, properties } of stack.subnets)
    fleet.putSubnet({ id: ref, zone: String(properties.AvailabilityZone) });
  for (const subnet of namedSubnets(stack)) fleet.putSubnet(subnet);
  for (const { ref, logicalId, properties } of stack.launchTemplates) {
    const name = String(properties.LaunchTemplateName ?? `${stack.name}-${logicalId}`);
    fleet.putLaunchTemplate({ id: ref, name, versions: [properties.LaunchTemplateData ?? {}] });
  }
  return fleet;
}

/** Subnets of a network that the app only names: who launches into them knows them, with their zones. */
function namedSubnets({ functions, subnets }: Stack): readonly { readonly id: string; readonly zone: string }[] {
  const own = new Set(subnets.map(({ ref }) => ref));
  return functions.flatMap(({ environment }) => {
    const pairs = (environment[ENV.subnets] ?? '').split(',').filter(Boolean);
    return pairs
      .map((pair) => pair.split('='))
      .map(([zone = '', id = '']) => ({ id, zone }))
      .filter(({ id }) => !own.has(id));
  });
}

/** `s3://<bucket of assets>/<hash>.zip` → its folder or file in the assembly, which nothing uploads. */
function assetFolder(stack: Stack, uri: string): string {
  const path = stack.assetPath(uri.split('/').at(-1) ?? uri);
  if (path === undefined) throw new Error(`the assembly has no asset ${uri}`);
  return path;
}
