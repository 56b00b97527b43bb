import { describe, expect, it } from 'vitest';
import { addressesOf, INSTANCE_TYPES } from '#core/resources/instance-types.ts';

const typeOf = (name: string) => {
  const type = INSTANCE_TYPES.get(name);
  if (type === undefined) throw new Error(`${name} is missing`);
  return type;
};

describe('the table of instance types', () => {
  it.each([
    ['g4dn.12xlarge', 48, 192, 4],
    ['g5.48xlarge', 192, 768, 8],
    ['g6.xlarge', 4, 16, 1],
    ['g6e.48xlarge', 192, 1536, 8],
    ['g7e.12xlarge', 48, 512, 2],
    ['p3.8xlarge', 32, 244, 4],
    ['p4d.24xlarge', 96, 1152, 8],
    ['p5.48xlarge', 192, 2048, 8],
    ['p5e.48xlarge', 192, 2048, 8],
    ['p5en.48xlarge', 192, 2048, 8],
    ['p6-b200.48xlarge', 192, 2048, 8],
    ['trn1.32xlarge', 128, 512, 16],
    ['trn2.48xlarge', 192, 2048, 16],
  ])('knows %s: %d vCPUs, %d GiB, %d accelerators', (name, vcpus, memoryGiB, count) => {
    expect(typeOf(name)).toMatchObject({ vcpus, memoryGiB, accelerators: { count } });
  });

  it('knows hosts without accelerators', () => {
    expect(typeOf('c7i.4xlarge')).toMatchObject({ vcpus: 16, memoryGiB: 32, accelerators: undefined });
    expect(typeOf('m7i.4xlarge')).toMatchObject({ vcpus: 16, memoryGiB: 64, accelerators: undefined });
    expect(addressesOf(typeOf('m7i.4xlarge'))).toBe(0);
  });

  it('counts what a task can be given: a GPU each, the cores of Neuron devices', () => {
    expect(addressesOf(typeOf('p5.48xlarge'))).toBe(8);
    expect(addressesOf(typeOf('trn1.32xlarge'))).toBe(32);
    expect(addressesOf(typeOf('trn2.48xlarge'))).toBe(64);
  });

  it('holds only sizes that can be', () => {
    expect(INSTANCE_TYPES.size).toBeGreaterThan(40);
    for (const [name, type] of INSTANCE_TYPES) {
      expect(name, name).toBe(type.name);
      expect(name, name).toMatch(/^[a-z0-9-]+\.(large|\d*xlarge)$/);
      expect([name, type.vcpus % 2, type.memoryGiB > 0, type.efaInterfaces >= 0]).toEqual([name, 0, true, true]);
      const { count, memoryGiB } = type.accelerators ?? { count: 1, memoryGiB: 16 };
      expect([1, 2, 4, 8, 16], name).toContain(count);
      expect(memoryGiB, name).toBeGreaterThanOrEqual(16);
    }
  });

  it('says that small hosts have no EFA and the largest have one for each network card', () => {
    const efa = (name: string) => typeOf(name).efaInterfaces;
    expect(['g4dn.xlarge', 'p4d.24xlarge', 'p5.48xlarge', 'p5en.48xlarge', 'trn1.32xlarge'].map(efa)).toEqual([
      0, 4, 32, 16, 8,
    ]);
  });
});
