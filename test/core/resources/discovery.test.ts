import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseNeuronLs } from '#core/resources/neuron-ls.ts';
import { parseNvidiaSmi, parseNvidiaSmiRows } from '#core/resources/nvidia-smi.ts';
import { parseSparkDiscovery } from '#core/resources/spark-discovery.ts';

const golden = (name: string) => readFileSync(new URL(`./golden/${name}`, import.meta.url), 'utf8');

const refusal = expect.objectContaining({ code: 'LS_ACCELERATORS_MISSING' });

describe('a Spark discovery script', () => {
  test('gives its addresses in its own order', () => {
    expect(parseSparkDiscovery('{"name": "gpu", "addresses": ["1", "0"]}\n')).toEqual({
      vendor: 'nvidia',
      addresses: ['1', '0'],
    });
    expect(parseSparkDiscovery('{"name":"rocm","addresses":[]}')).toEqual({ vendor: 'amd', addresses: [] });
  });

  test.each([
    ['nothing', '', 'got nothing'],
    ['no JSON', 'No devices were found', 'expected one JSON object'],
    ['a list', '["0","1"]', '"name"'],
    ['an unknown name', '{"name":"fpga","addresses":["0"]}', '"name" that is one of gpu'],
    ['a name from the prototype', '{"name":"toString","addresses":["0"]}', '"name" that is one of gpu'],
    ['numbers for addresses', '{"name":"gpu","addresses":[0,1]}', 'list of strings'],
    ['an address with a comma', '{"name":"gpu","addresses":["0,1"]}', 'list of strings'],
    ['an address twice', '{"name":"gpu","addresses":["0","0"]}', 'every address once'],
  ])('that prints %s is refused', (_, output, message) => {
    expect(() => parseSparkDiscovery(output)).toThrow(refusal);
    expect(() => parseSparkDiscovery(output)).toThrow(message);
  });
});

describe('nvidia-smi', () => {
  test('eight GPUs of one host', () => {
    expect(parseNvidiaSmi(golden('nvidia-smi-8x-a100.csv'))).toEqual({
      vendor: 'nvidia',
      addresses: ['0', '1', '2', '3', '4', '5', '6', '7'],
    });
    expect(parseNvidiaSmiRows(golden('nvidia-smi-8x-a100.csv'))[3]).toMatchObject({ memoryUsedMiB: 39012 });
  });

  test('memory that the part does not report counts as nothing', () => {
    expect(parseNvidiaSmiRows('0, GPU-1, NVIDIA GB10, [N/A], [N/A]')).toEqual([
      { index: '0', uuid: 'GPU-1', name: 'NVIDIA GB10', memoryTotalMiB: 0, memoryUsedMiB: 0 },
    ]);
  });

  test('a GPU that fell off the bus is not passed over in silence', () => {
    const output = '0, GPU-1, NVIDIA L4, 23034, 0\nUnable to determine the device handle for GPU1: Unknown Error\n';
    expect(() => parseNvidiaSmi(output)).toThrow(refusal);
    expect(() => parseNvidiaSmi(output)).toThrow('Unable to determine the device handle');
  });

  test('no GPU is an empty list', () => {
    expect(parseNvidiaSmi('\n')).toEqual({ vendor: 'nvidia', addresses: [] });
  });
});

describe('neuron-ls', () => {
  test('addresses are cores, numbered over all devices', () => {
    expect(parseNeuronLs(golden('neuron-ls-trn1-2xlarge.json')).addresses).toEqual(['0', '1']);
    expect(parseNeuronLs(golden('neuron-ls-inf2-24xlarge-unsorted.json')).addresses).toEqual(['0', '1', '2', '3']);
  });

  test.each(['', '{}', '[{"neuron_device":"0","nc_count":2}]', '[{"neuron_device":0}]', '[null]'])(
    'refuses %s',
    (output) => {
      expect(() => parseNeuronLs(output)).toThrow(refusal);
    },
  );
});
