/** Takes the place of cli/installation.ts in the published command: everything lies beside this module, built. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Installation } from '../../cli/installation.ts';
import { packageFolders, placeAssembly } from './place-assembly.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

export const installation: Installation = {
  taskSdk: join(PACKAGE, 'dist', 'task.js'),
  packages: packageFolders(),
  packageHooks: new URL('package-hooks.js', import.meta.url).href,
  assembly: async (folder) => placeAssembly(join(PACKAGE, 'assembly'), join(folder, 'assembly')),
};
