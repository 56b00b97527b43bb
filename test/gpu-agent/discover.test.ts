import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jsonLog } from '#adapters/system/json-log.ts';
import { discover } from '../../gpu-agent/discover.ts';

let folder: string;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-discover-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tool(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Only the tools of this test, and the shell that they are written in. */
const find = (env: NodeJS.ProcessEnv = {}) =>
  discover(
    { PATH: `${folder}:/bin`, ...env },
    jsonLog((line) => lines.push(line)),
  );

test('the first vendor whose tool finds some', async () => {
  tool('nvidia-smi', 'echo "no driver" >&2; exit 9');
  tool('neuron-ls', `echo '[{"neuron_device":0,"nc_count":2}]'`);
  expect(await find()).toEqual({ vendor: 'neuron', addresses: ['0', '1'] });
  expect(lines.join()).toContain('accelerator discovery failed');
});

test('a script is asked in place of the tools', async () => {
  tool('nvidia-smi', 'echo "0, GPU-1, NVIDIA L4, 23034, 0"');
  expect(await find()).toEqual({ vendor: 'nvidia', addresses: ['0'] });
  const script = tool('mine', `echo '{"name":"gpu","addresses":["a","b"]}'`);
  expect(await find({ LOCKSTEP_DISCOVERY_SCRIPT: script })).toEqual({ vendor: 'nvidia', addresses: ['a', 'b'] });
});

test('a script that prints nonsense finds none and says what it printed', async () => {
  const script = tool('mine', 'echo two');
  expect(await find({ LOCKSTEP_DISCOVERY_SCRIPT: script })).toEqual({ vendor: 'nvidia', addresses: [] });
  expect(lines.join()).toContain('expected one JSON object');
});

test('a host without any tool has none, which is no reason to complain', async () => {
  expect(await find()).toEqual({ vendor: 'nvidia', addresses: [] });
  expect(lines).toEqual([]);
});
