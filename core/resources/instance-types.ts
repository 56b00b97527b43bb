/**
 * What the instance types that jobs may name can do. A type that is not here is refused by name, because a gang must not
 * find out on the host that its tasks do not fit. Sizes are AWS's own figures; prices are not here.
 */
import type { Vendor } from './accelerators.ts';

export interface InstanceType {
  readonly name: string;
  readonly vcpus: number;
  readonly memoryGiB: number;
  /** Undefined where the type has none. */
  readonly accelerators: TypeAccelerators | undefined;
  /** Elastic Fabric Adapter interfaces for full bandwidth; 0 where the type has no EFA. */
  readonly efaInterfaces: number;
  /** True if the type may be launched into a cluster placement group. */
  readonly clusterPlacement: boolean;
}

export interface TypeAccelerators {
  readonly vendor: Vendor;
  /** Name of the part, as the vendor's tool prints it. */
  readonly model: string;
  /** Devices on a host. */
  readonly count: number;
  /** Addresses that one device gives to tasks: 1 for a GPU, the logical NeuronCores of a Neuron device. */
  readonly addressesEach: number;
  /** Memory of one device. */
  readonly memoryGiB: number;
}

type Part = Pick<TypeAccelerators, 'vendor' | 'model' | 'addressesEach' | 'memoryGiB'>;

const nvidia = (model: string, memoryGiB: number): Part => ({ vendor: 'nvidia', model, addressesEach: 1, memoryGiB });
const neuron = (model: string, cores: number, memoryGiB: number): Part => ({
  vendor: 'neuron',
  model,
  addressesEach: cores,
  memoryGiB,
});

const T4 = nvidia('Tesla T4', 16);
const A10G = nvidia('NVIDIA A10G', 24);
const L4 = nvidia('NVIDIA L4', 24);
const L40S = nvidia('NVIDIA L40S', 48);
const RTX_PRO = nvidia('NVIDIA RTX PRO 6000 Blackwell Server Edition', 96);
const V100 = nvidia('Tesla V100-SXM2-16GB', 16);
const A100 = nvidia('NVIDIA A100-SXM4-40GB', 40);
const H100 = nvidia('NVIDIA H100 80GB HBM3', 80);
const H200 = nvidia('NVIDIA H200', 141);
const B200 = nvidia('NVIDIA B200', 180);
const TRAINIUM = neuron('Trainium', 2, 32);
/** Two of the eight cores of a device make one logical core: the default setting of the type. */
const TRAINIUM2 = neuron('Trainium2', 4, 96);

type Row = readonly [name: string, vcpus: number, memoryGiB: number, count: number, efaInterfaces: number];

const GPU_AND_NEURON: readonly (readonly [Part, readonly Row[]])[] = [
  [
    T4,
    [
      ['g4dn.xlarge', 4, 16, 1, 0],
      ['g4dn.2xlarge', 8, 32, 1, 0],
      ['g4dn.4xlarge', 16, 64, 1, 0],
      ['g4dn.8xlarge', 32, 128, 1, 1],
      ['g4dn.12xlarge', 48, 192, 4, 1],
      ['g4dn.16xlarge', 64, 256, 1, 1],
    ],
  ],
  [
    A10G,
    [
      ['g5.xlarge', 4, 16, 1, 0],
      ['g5.2xlarge', 8, 32, 1, 0],
      ['g5.4xlarge', 16, 64, 1, 0],
      ['g5.8xlarge', 32, 128, 1, 1],
      ['g5.12xlarge', 48, 192, 4, 1],
      ['g5.16xlarge', 64, 256, 1, 1],
      ['g5.24xlarge', 96, 384, 4, 1],
      ['g5.48xlarge', 192, 768, 8, 1],
    ],
  ],
  [
    L4,
    [
      ['g6.xlarge', 4, 16, 1, 0],
      ['g6.2xlarge', 8, 32, 1, 0],
      ['g6.4xlarge', 16, 64, 1, 0],
      ['g6.8xlarge', 32, 128, 1, 1],
      ['g6.12xlarge', 48, 192, 4, 1],
      ['g6.16xlarge', 64, 256, 1, 1],
      ['g6.24xlarge', 96, 384, 4, 1],
      ['g6.48xlarge', 192, 768, 8, 1],
    ],
  ],
  [
    L40S,
    [
      ['g6e.xlarge', 4, 32, 1, 0],
      ['g6e.2xlarge', 8, 64, 1, 0],
      ['g6e.4xlarge', 16, 128, 1, 0],
      ['g6e.8xlarge', 32, 256, 1, 1],
      ['g6e.12xlarge', 48, 384, 4, 1],
      ['g6e.16xlarge', 64, 512, 1, 1],
      ['g6e.24xlarge', 96, 768, 4, 2],
      ['g6e.48xlarge', 192, 1536, 8, 4],
    ],
  ],
  [
    RTX_PRO,
    [
      ['g7e.2xlarge', 8, 64, 1, 0],
      ['g7e.4xlarge', 16, 128, 1, 0],
      ['g7e.8xlarge', 32, 256, 1, 1],
      ['g7e.12xlarge', 48, 512, 2, 1],
      ['g7e.24xlarge', 96, 1024, 4, 2],
      ['g7e.48xlarge', 192, 2048, 8, 4],
    ],
  ],
  [
    V100,
    [
      ['p3.2xlarge', 8, 61, 1, 0],
      ['p3.8xlarge', 32, 244, 4, 0],
      ['p3.16xlarge', 64, 488, 8, 0],
    ],
  ],
  [A100, [['p4d.24xlarge', 96, 1152, 8, 4]]],
  [H100, [['p5.48xlarge', 192, 2048, 8, 32]]],
  [
    H200,
    [
      ['p5e.48xlarge', 192, 2048, 8, 32],
      ['p5en.48xlarge', 192, 2048, 8, 16],
    ],
  ],
  [B200, [['p6-b200.48xlarge', 192, 2048, 8, 8]]],
  [
    TRAINIUM,
    [
      ['trn1.2xlarge', 8, 32, 1, 0],
      ['trn1.32xlarge', 128, 512, 16, 8],
    ],
  ],
  [TRAINIUM2, [['trn2.48xlarge', 192, 2048, 16, 16]]],
];

const CPU_SIZES = { large: 2, xlarge: 4, '2xlarge': 8, '4xlarge': 16, '8xlarge': 32, '12xlarge': 48, '24xlarge': 96 };
const CPU_FAMILIES = [
  ['c7i', 2],
  ['m7i', 4],
] as const;

/** Every known type, by name. */
export const INSTANCE_TYPES: ReadonlyMap<string, InstanceType> = new Map(
  [...accelerated(), ...plain()].map((type) => [type.name, type]),
);

/** Addresses that a discovery tool finds on a host of this type: what tasks can be given. */
export function addressesOf(type: InstanceType): number {
  return type.accelerators === undefined ? 0 : type.accelerators.count * type.accelerators.addressesEach;
}

function accelerated(): readonly InstanceType[] {
  return GPU_AND_NEURON.flatMap(([part, rows]) =>
    rows.map(([name, vcpus, memoryGiB, count, efaInterfaces]) => ({
      name,
      vcpus,
      memoryGiB,
      accelerators: { ...part, count },
      efaInterfaces,
      clusterPlacement: true,
    })),
  );
}

function plain(): readonly InstanceType[] {
  return CPU_FAMILIES.flatMap(([family, gibPerVcpu]) =>
    Object.entries(CPU_SIZES).map(([size, vcpus]) => ({
      name: `${family}.${size}`,
      vcpus,
      memoryGiB: vcpus * gibPerVcpu,
      accelerators: undefined,
      efaInterfaces: 0,
      clusterPlacement: true,
    })),
  );
}
