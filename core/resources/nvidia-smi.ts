import { type Accelerators, distinct, nonsense } from './accelerators.ts';
import type { AcceleratorUse } from './usage.ts';

/** Arguments that make nvidia-smi print what `parseNvidiaSmi` reads. */
export const NVIDIA_SMI_ARGS: readonly string[] = [
  '--query-gpu=index,uuid,name,memory.total,memory.used',
  '--format=csv,noheader,nounits',
];

export interface NvidiaGpu {
  readonly index: string;
  readonly uuid: string;
  readonly name: string;
  readonly memoryTotalMiB: number;
  readonly memoryUsedMiB: number;
}

const TOOL = 'nvidia-smi';
const EXPECTED = 'lines of "index, uuid, name, memory.total, memory.used"';

/** One row a GPU. A GPU that has fallen off the bus prints an error in place of its row, which is refused here. */
export function parseNvidiaSmiRows(output: string): readonly NvidiaGpu[] {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [index, uuid, ...rest] = line.split(',').map((field) => field.trim());
    const [total, used] = rest.slice(-2).map(memoryMiB);
    const isRow = index !== undefined && /^\d+$/.test(index) && uuid !== undefined && /^(GPU|MIG)-/.test(uuid);
    if (!isRow || rest.length < 3 || total === undefined || used === undefined) throw nonsense(TOOL, EXPECTED, line);
    return { index, uuid, name: rest.slice(0, -2).join(', '), memoryTotalMiB: total, memoryUsedMiB: used };
  });
}

/** The GPUs of the host; addresses are indices, as CUDA_VISIBLE_DEVICES takes them with CUDA_DEVICE_ORDER=PCI_BUS_ID. */
export function parseNvidiaSmi(output: string): Accelerators {
  const rows = parseNvidiaSmiRows(output);
  return {
    vendor: 'nvidia',
    addresses: distinct(
      TOOL,
      rows.map((row) => row.index),
    ),
  };
}

/** Unified-memory parts print `[N/A]`, which counts as 0. */
function memoryMiB(field: string): number | undefined {
  if (/^\[(N\/A|Not Supported)\]$/i.test(field)) return 0;
  return /^\d+$/.test(field) ? Number(field) : undefined;
}

/** Arguments that make nvidia-smi print what `parseNvidiaUse` reads. */
export const NVIDIA_USE_ARGS: readonly string[] = [
  '--query-gpu=index,utilization.gpu,memory.used',
  '--format=csv,noheader,nounits',
];

const MIB = 2 ** 20;

/** What the GPUs of the host do. One that cannot say it (a MIG slice, one off the bus) is left out: it is a look, no check. */
export function parseNvidiaUse(output: string): readonly AcceleratorUse[] {
  return output.split('\n').flatMap((line) => {
    const [address, percent, used] = line.split(',').map((field) => field.trim());
    const [busy, memory] = [percent, used].map((field) => (/^\d+$/.test(field ?? '') ? Number(field) : undefined));
    if (address === undefined || !/^\d+$/.test(address) || busy === undefined || memory === undefined) return [];
    return [{ address, busy: Math.min(1, busy / 100), memoryBytes: memory * MIB }];
  });
}
