import type { RosterHost } from '../gang/records.ts';
import type { Visibility } from '../job/job.ts';
import type { Vendor } from '../resources/accelerators.ts';

/** The accelerators that a task sees, and where its own are among them. */
export interface VisibleDevices {
  /** Addresses, in the order in which programs count them from 0. */
  readonly addresses: readonly string[];
  /** Positions of the task's own in that order. */
  readonly ordinals: readonly number[];
}

/**
 * With `host` the first accelerator of local rank r is at position r, because programs written for torchrun, Horovod and
 * JAX say `cuda:LOCAL_RANK`; further ones of each task follow in the same order. Where tasks share accelerators a position
 * is shared too, and only `ordinals` says which it is.
 */
export function visibleDevices(host: RosterHost, localRank: number, visibility: Visibility): VisibleDevices {
  const tasks = host.tasks.toSorted((a, b) => a.localRank - b.localRank).map((task) => task.accelerators);
  const own = tasks[localRank] ?? [];
  if (visibility === 'own') return { addresses: own, ordinals: own.map((_, at) => at) };
  const rounds = Math.max(0, ...tasks.map((addresses) => addresses.length));
  const inTurn = Array.from({ length: rounds }, (_, round) => tasks.flatMap((addresses) => addresses[round] ?? []));
  const addresses = [...new Set(inTurn.flat())];
  return { addresses, ordinals: own.map((address) => addresses.indexOf(address)) };
}

/**
 * Variables that show a task these accelerators and hide all others. An empty list hides them all, so that a task
 * which asked for none cannot take memory on one by accident.
 */
export function visibilityEnv(vendor: Vendor, addresses: readonly string[]): Readonly<Record<string, string>> {
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
