import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { stateFolder } from '../e2e/command.ts';
import { copyExample } from '../e2e/example.ts';
import { PACKAGE } from '../python/python.ts';
import { installed, isMissing, isWhole, train } from './training.ts';

test.skipIf(isMissing('torch') || !isWhole)(
  'what PyTorch trained predicts a pyarrow table, in its order, and as well as it said',
  async () => {
    const { path, manifest } = await train('examples/pytorch/train.yaml').succeeded();
    const home = stateFolder();
    const example = copyExample();
    const program = join(import.meta.dirname, 'fixtures', 'infers.py');
    const env = { ...process.env, PYTHONPATH: PACKAGE, LOCKSTEP_HOME: home.path };
    const args = [program, path('model.onnx'), example.path('data/batch')];
    const { stdout } = await promisify(execFile)(join(installed.bin, 'python3'), args, { env });
    const { rows, ids, right } = JSON.parse(stdout) as { rows: number; ids: boolean; right: number };
    expect([rows, ids]).toEqual([700, true]);
    expect(Math.abs(right / rows - Number(manifest.metrics.accuracy))).toBeLessThan(0.05);
    example.remove();
    home.remove();
  },
);
