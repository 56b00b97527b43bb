import { type Accelerators, distinct, nonsense } from './accelerators.ts';

/** Arguments that make neuron-ls print what `parseNeuronLs` reads. */
export const NEURON_LS_ARGS: readonly string[] = ['--json-output'];

const TOOL = 'neuron-ls';
const EXPECTED = 'a JSON list of devices with "neuron_device" and "nc_count"';

/** The cores of the host. An address is a core, because NEURON_RT_VISIBLE_CORES numbers cores over all devices. */
export function parseNeuronLs(output: string): Accelerators {
  const devices = parseDevices(output);
  const addresses: string[] = [];
  for (const { device, cores } of [...devices].sort((a, b) => a.device - b.device)) {
    for (let core = 0; core < cores; core++) addresses.push(String(firstCore(devices, device) + core));
  }
  return { vendor: 'neuron', addresses: distinct(TOOL, addresses) };
}

interface NeuronDevice {
  readonly device: number;
  readonly cores: number;
}

function parseDevices(output: string): readonly NeuronDevice[] {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    throw nonsense(TOOL, EXPECTED, output);
  }
  if (!Array.isArray(value)) throw nonsense(TOOL, EXPECTED, output);
  return value.map((one: Record<string, unknown>) => {
    const { neuron_device: device, nc_count: cores } = one ?? {};
    if (!isCount(device) || !isCount(cores)) throw nonsense(TOOL, EXPECTED, JSON.stringify(one));
    return { device, cores };
  });
}

/** Cores of the devices before this one: numbering goes through all devices, whatever their core counts. */
function firstCore(devices: readonly NeuronDevice[], device: number): number {
  return devices.filter((one) => one.device < device).reduce((sum, one) => sum + one.cores, 0);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
