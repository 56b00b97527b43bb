import { type LocalFleet, startFleet } from './ec2/start-fleet.ts';
import type { Stopping } from './stopping.ts';
import type { Stack } from './template/stack.ts';

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
      resolveAsset: (uri) => assetFolder(stack, uri),
      hostEnv: env,
      ...(capacity === undefined ? {} : { capacity }),
    }),
  );
  for (const { ref, properties } of stack.subnets)
    fleet.putSubnet({ id: ref, zone: String(properties.AvailabilityZone) });
  for (const { ref, logicalId, properties } of stack.launchTemplates) {
    const name = String(properties.LaunchTemplateName ?? `${stack.name}-${logicalId}`);
    fleet.putLaunchTemplate({ id: ref, name, versions: [properties.LaunchTemplateData ?? {}] });
  }
  return fleet;
}

/** `s3://<bucket of assets>/<hash>.zip` → its folder in the assembly, which nothing uploads. */
function assetFolder(stack: Stack, uri: string): string {
  const folder = stack.assetPath(uri.split('/').at(-1) ?? uri);
  if (folder === undefined) throw new Error(`the assembly has no asset ${uri}`);
  return folder;
}
