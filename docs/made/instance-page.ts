import { INSTANCE_TYPES } from '#core/resources/instance-types.ts';
import { code, madePage, markdownTable } from './markdown.ts';

/** Every instance type that a job may name. */
export function instancePage(): string {
  const rows = [...INSTANCE_TYPES.values()].map(({ name, vcpus, memoryGiB, accelerators, efaInterfaces }) => [
    code(name),
    String(vcpus),
    `${memoryGiB} GiB`,
    accelerators === undefined ? '' : `${accelerators.count} × ${accelerators.model}`,
    accelerators === undefined ? '' : `${accelerators.memoryGiB} GiB`,
    accelerators === undefined ? '0' : String(accelerators.count * accelerators.addressesEach),
    efaInterfaces === 0 ? '' : String(efaInterfaces),
  ]);
  const heading = ['type', 'vCPUs', 'memory', 'accelerators', 'memory of each', 'that tasks can be given', 'EFA'];
  const intro =
    'What `gang.instanceTypes` may name. Another type is refused by name, with the nearest of these. The smallest for a first run are `c7i.large` without and `g4dn.xlarge` or `g6.xlarge` with an accelerator.';
  const body = `${intro}\n\n${markdownTable(heading, rows)}`;
  return madePage('Instance types', 'core/resources/instance-types.ts', body);
}
