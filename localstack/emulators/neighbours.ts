/**
 * What runs beside an emulator because it has none that would do: the fleet (no emulator launches all or nothing, lacks
 * capacity or boots hosts) and the warehouse. They are those of the local cloud.
 */
import { join } from 'node:path';
import { startAthena } from '../embedded/athena/start-athena.ts';
import { type LocalFleet, startFleet } from '../embedded/ec2/start-fleet.ts';
import { loadAssembly } from '../embedded/template/assembly.ts';

export interface NeighbourOptions {
  /** URL that the emulator has, or will have. */
  readonly url: string;
  readonly folder: string;
  readonly warehouse: string;
  /** Folder of the deployed assembly, which holds the agent's code. */
  readonly assembly: string;
  /** Environment of the hosts, read at each boot. */
  readonly hostEnv: () => Readonly<Record<string, string>>;
}

export interface Neighbours {
  readonly fleet: LocalFleet;
  readonly athenaUrl: string;
  stop(): Promise<void>;
}

export async function startNeighbours(options: NeighbourOptions): Promise<Neighbours> {
  const { url, folder, warehouse, assembly, hostEnv } = options;
  const fleet = await startFleet({
    ...{ stateDir: join(folder, 'fleet'), hostEnv },
    resolveAsset(uri) {
      const path = loadAssembly(assembly).assetPath(uri.split('/').at(-1) ?? '');
      if (path === undefined) throw new Error(`the assembly has no asset ${uri}`);
      return path;
    },
  });
  try {
    const athena = await startAthena({ s3Url: url, workFolder: join(folder, 'athena'), warehouse });
    return { fleet, athenaUrl: athena.url, stop: async () => void (await Promise.all([fleet.stop(), athena.stop()])) };
  } catch (error) {
    await fleet.stop();
    throw error;
  }
}
