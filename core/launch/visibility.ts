import type { Vendor } from '../resources/accelerators.ts';

/**
 * Variables that show a task its own accelerators and hide all others. An empty list hides them all, so that a task
 * which asked for none cannot take memory on one by accident.
 */
export function visibility(vendor: Vendor, addresses: readonly string[]): Readonly<Record<string, string>> {
  const list = addresses.join(',');
  switch (vendor) {
    case 'nvidia':
      // CUDA's own order is "fastest first"; the indices of nvidia-smi are in the order of the bus.
      return { CUDA_VISIBLE_DEVICES: list, CUDA_DEVICE_ORDER: 'PCI_BUS_ID' };
    case 'amd':
      return { ROCR_VISIBLE_DEVICES: list };
    case 'neuron':
      return { NEURON_RT_VISIBLE_CORES: list };
  }
}
