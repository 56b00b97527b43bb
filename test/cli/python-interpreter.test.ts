import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withInterpreter } from '../../cli/job/python-interpreter.ts';
import { checkPythonPlace } from '../../cli/run/python-place.ts';
import { newJob } from '../flows/inference/world.ts';

const spec = (python: string) => ({ kind: 'python', as: 'prediction', timeoutS: 1, python }) as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-interpreter-'));
  writeFileSync(join(folder, 'python9'), '');
  chmodSync(join(folder, 'python9'), 0o755);
  writeFileSync(join(folder, 'python8'), '');
  vi.stubEnv('PATH', `relative:${folder}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the interpreter of a job', () => {
  it('is a path from the job file, or found on the PATH where it can be run', () => {
    const at = (python: string) => withInterpreter(spec(python), '/jobs');
    expect(at('./.venv')).toEqual(spec('/jobs/.venv'));
    expect(at('.venv')).toEqual(spec('/jobs/.venv'));
    expect(at('/opt/python')).toEqual(spec('/opt/python'));
    expect(at('python9')).toEqual(spec(join(folder, 'python9')));
    expect(at('python8')).toEqual(spec('python8'));
  });

  it('is refused in a stack, with the two ways out', () => {
    const job = newJob({ name: 'heights', predict: spec('python3') });
    expect(() => checkPythonPlace(job, {})).not.toThrow();
    expect(() => checkPythonPlace(newJob(), { stack: 'prod', outputs: 'o.json' })).not.toThrow();
    expect(() => checkPythonPlace({ ...job, compute: 'hosts' }, { stack: 'prod', outputs: 'o.json' })).not.toThrow();
    expect(() => checkPythonPlace(job, { stack: 'prod', outputs: 'o.json' })).toThrow(
      expect.objectContaining({
        code: 'LS_JOB_INVALID',
        message: expect.stringContaining('heights predict.kind: python needs a Python'),
        remedy: expect.stringMatching(/without --stack, or export the model to ONNX/),
      }),
    );
  });
});
