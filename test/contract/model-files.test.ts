import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { memoryModelFiles } from '#adapters/memory/memory-model-files.ts';
import { modelFiles } from '#adapters/predictors/onnx/model-files.ts';
import { modelFilesContract } from './model-files-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-models-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('model files in memory', () => modelFilesContract(memoryModelFiles));
describe('model files on this machine', () => {
  let count = 0;
  modelFilesContract((objects) => modelFiles(objects, join(folder, String(count++))));
});
