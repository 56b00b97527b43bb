import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INSTANCE_TYPES, type TypeAccelerators } from '#core/resources/instance-types.ts';

/**
 * Writes the vendor's discovery tool for the accelerators of this type into a folder, as a small shell script that
 * prints what the real tool prints. A type without accelerators gets a tool that fails as it does without a driver.
 */
export function writeTools(folder: string, instanceType: string): void {
  mkdirSync(folder, { recursive: true });
  const accelerators = INSTANCE_TYPES.get(instanceType)?.accelerators;
  const isNvidia = accelerators?.vendor === 'nvidia';
  const isNeuron = accelerators?.vendor === 'neuron';
  script(folder, 'nvidia-smi', isNvidia ? nvidiaSmi(accelerators) : NO_DRIVER);
  script(folder, 'neuron-ls', isNeuron ? print(neuronLs(accelerators)) : NO_NEURON);
}

const NO_DRIVER = `echo "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver." >&2\nexit 9\n`;
const NO_NEURON = 'echo "neuron-ls: no Neuron devices found" >&2\nexit 1\n';

const MIB_PER_GIB = 1024;

/** With `--query-gpu` rows of index, uuid, name, total and used MiB; without it the list that `-L` prints. */
function nvidiaSmi({ count, model, memoryGiB }: TypeAccelerators): string {
  const devices = Array.from({ length: count }, (_, index) => ({ index, uuid: uuid(index) }));
  const rows = devices.map(({ index, uuid }) => `${index}, ${uuid}, ${model}, ${memoryGiB * MIB_PER_GIB}, 0`);
  const list = devices.map(({ index, uuid }) => `GPU ${index}: ${model} (UUID: ${uuid})`);
  return `case "$*" in\n*--query-gpu=*) ${print(rows.join('\n'))};;\n*) ${print(list.join('\n'))};;\nesac\n`;
}

function neuronLs({ count, addressesEach, memoryGiB }: TypeAccelerators): string {
  const devices = Array.from({ length: count }, (_, index) => ({
    neuron_device: index,
    bdf: `00:${(0x1e - index).toString(16)}.0`,
    connected_to: [],
    nc_count: addressesEach,
    memory_size: memoryGiB * 2 ** 30,
    neuron_processes: [],
  }));
  return JSON.stringify(devices);
}

const uuid = (index: number): string => `GPU-00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

const print = (text: string): string => `cat <<'END'\n${text}\nEND\n`;

function script(folder: string, name: string, body: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}`);
  chmodSync(path, 0o755);
}
