import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Accelerators } from '#core/resources/accelerators.ts';
import { NEURON_LS_ARGS, parseNeuronLs } from '#core/resources/neuron-ls.ts';
import { NVIDIA_SMI_ARGS, parseNvidiaSmi } from '#core/resources/nvidia-smi.ts';
import { parseSparkDiscovery } from '#core/resources/spark-discovery.ts';
import type { Log } from '#core/system/ports.ts';

const run = promisify(execFile);

/** A driver that hangs is as good as none. */
const TIMEOUT_MS = 30_000;

interface Tool {
  readonly file: string;
  readonly args: readonly string[];
  readonly parse: (output: string) => Accelerators;
}

const TOOLS: readonly Tool[] = [
  { file: 'nvidia-smi', args: NVIDIA_SMI_ARGS, parse: parseNvidiaSmi },
  { file: 'neuron-ls', args: NEURON_LS_ARGS, parse: parseNeuronLs },
];

/** Variable that names a discovery script of the user's, in Spark's format; it is asked in place of the tools. */
const SCRIPT_VARIABLE = 'LOCKSTEP_DISCOVERY_SCRIPT';

/**
 * The accelerators of this host: by the script if one is given, or else by the first vendor's tool that finds some.
 * A tool that is missing or fails finds none, and the log says which; whether none is enough is the gang's decision.
 */
export async function discover(env: NodeJS.ProcessEnv, log: Log): Promise<Accelerators> {
  const script = env[SCRIPT_VARIABLE];
  const tools = script === undefined ? TOOLS : [{ file: script, args: [], parse: parseSparkDiscovery }];
  for (const tool of tools) {
    const found = await ask(tool, env, log);
    if (found !== undefined && found.addresses.length > 0) return found;
  }
  return { vendor: 'nvidia', addresses: [] };
}

async function ask({ file, args, parse }: Tool, env: NodeJS.ProcessEnv, log: Log): Promise<Accelerators | undefined> {
  try {
    const { stdout } = await run(file, [...args], { env, timeout: TIMEOUT_MS, maxBuffer: 2 ** 20 });
    return parse(stdout);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isMissing) log.warn('accelerator discovery failed', { tool: file, error: String(error) });
    return undefined;
  }
}
