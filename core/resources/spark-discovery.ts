import { type Accelerators, distinct, nonsense, type Vendor } from './accelerators.ts';

const TOOL = 'discovery script';
const EXPECTED = 'one JSON object like {"name":"gpu","addresses":["0","1"]}';

/** Resource names that say more than `gpu`, which means NVIDIA as it does in Spark. */
const VENDOR_OF: Readonly<Record<string, Vendor>> = { gpu: 'nvidia', amdgpu: 'amd', rocm: 'amd', neuron: 'neuron' };

/** Parses the output of a script in the format of Spark's `spark.task.resource.<name>.discoveryScript`. */
export function parseSparkDiscovery(output: string): Accelerators {
  const value = parseJson(output);
  if (typeof value !== 'object' || value === null) throw nonsense(TOOL, EXPECTED, output);
  const { name, addresses } = value as Record<string, unknown>;
  const vendor = typeof name === 'string' && Object.hasOwn(VENDOR_OF, name) ? VENDOR_OF[name] : undefined;
  if (vendor === undefined)
    throw nonsense(TOOL, `a "name" that is one of ${Object.keys(VENDOR_OF).join(', ')}`, output);
  if (!isAddressList(addresses)) throw nonsense(TOOL, '"addresses" to be a list of strings without commas', output);
  return { vendor, addresses: distinct(TOOL, addresses) };
}

function parseJson(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    throw nonsense(TOOL, EXPECTED, output);
  }
}

const isAddressList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && /^[\w:.-]+$/.test(one));
