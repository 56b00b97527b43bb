import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryObjects } from '#adapters/memory/memory-objects.ts';
import { jsonLog } from '#adapters/system/json-log.ts';
import type { PythonSpec } from '#core/job/job.ts';
import type { Objects } from '#core/objects/ports.ts';
import { EnvironmentFailed } from '../../gpu-agent/python-environment/environment-failed.ts';
import { pythonEnvironment } from '../../gpu-agent/python-environment/python-environment.ts';
import { unfitBy } from '../../gpu-agent/unfit.ts';
import { tinyWheel } from '../fixtures/tiny-wheel.ts';
import { canMount, mountSmall, unmountAll } from '../gpu-agent/small-disk.ts';
import { jobWith } from './environment-job.ts';

const hasVenv = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0;
if (!hasVenv) console.log('skipped: Python environments, because there is no python3 with venv and pip on the PATH');

let [root, code, cache] = ['', '', ''];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-environment-'));
  [code, cache] = [join(root, 'code'), join(root, 'cache')];
  mkdirSync(code);
});
afterEach(() => {
  unmountAll();
  rmSync(root, { recursive: true, force: true });
});

interface Made {
  readonly from?: string;
  readonly objects?: Objects;
  readonly formTimeoutS?: number;
}

/** Without any index: what is not beside the job or in `from` cannot be had. */
const made = (spec: PythonSpec, { from = code, objects, formTimeoutS }: Made = {}) =>
  pythonEnvironment({
    ...{ job: jobWith(spec, formTimeoutS), code, cache, log: jsonLog(() => {}) },
    env: { PATH: process.env.PATH ?? '', HOME: root, PIP_NO_INDEX: '1', PIP_FIND_LINKS: from },
    wheels: objects && { objects, bucket: 'data' },
  }) as Promise<string>;

const printed = (folder: string, program: string): string =>
  execFileSync(join(folder, 'bin', 'python3'), ['-c', program], { encoding: 'utf8' }).trim();
const environments = () => readdirSync(join(cache, 'python')).filter((name) => name.includes('-'));

describe.skipIf(!hasVenv)('the Python environment of a job', () => {
  test('holds what a requirements file names, wheels beside it included, and nothing of the host', async () => {
    const wheel = tinyWheel(join(code, 'wheels'), { name: 'tiny', body: 'WORD = "first"' });
    tinyWheel(code, { name: 'other', body: 'WORD = "second"' });
    writeFileSync(join(code, 'requirements.txt'), `-r more.txt\n./wheels/${wheel}  # beside the job\n`);
    writeFileSync(join(code, 'more.txt'), 'other==1.0\n');
    const folder = await made({ requirements: 'requirements.txt', packages: [] });
    expect(printed(folder, 'import tiny, other; print(tiny.WORD, other.WORD)')).toBe('first second');
    expect(printed(folder, 'import sys; print(sys.prefix)')).toBe(folder);
    const names = 'from importlib.metadata import distributions; print(sorted(d.name for d in distributions()))';
    expect(printed(folder, names)).toMatch(/^\['other', 'pip', ('setuptools', )?'tiny'\]$/);
  });

  test('is made once, is found within half a second, and is another one where a wheel has changed', async () => {
    const wheel = tinyWheel(code, { name: 'tiny', body: 'WORD = 1' });
    const spec = { packages: [`./${wheel}`] };
    const first = await made(spec);
    const startedAt = performance.now();
    expect(await made(spec)).toBe(first);
    expect(performance.now() - startedAt).toBeLessThan(500);
    tinyWheel(code, { name: 'tiny', body: 'WORD = 2' });
    const second = await made(spec);
    expect(printed(first, 'import tiny; print(tiny.WORD)')).toBe('1');
    expect(printed(second, 'import tiny; print(tiny.WORD)')).toBe('2');
  });

  test('says in the words of pip what cannot be had, once, and leaves nothing half', async () => {
    const error = await made({ packages: ['nosuch==9'] }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentFailed);
    expect(unfitBy(error)).toEqual({
      why: 'environment-failed',
      detail: expect.stringMatching(
        /^pip wheel: No matching distribution found for nosuch==9; Could not find a version/,
      ),
    });
    expect(environments()).toEqual([]);
  });

  test('refuses a version that the host has not, and says which it has', async () => {
    await expect(made({ packages: [], version: '3.99' })).rejects.toThrow(
      /^expected Python 3\.99 on the PATH of the host, as task\.python says, got 3\.\d+\.\d+$/,
    );
  });

  test('ends a pip that is not done while the gang forms', async () => {
    mkdirSync(join(code, 'slow'));
    const project =
      '[build-system]\nrequires = []\nbuild-backend = "slow"\nbackend-path = ["."]\n[project]\nname = "slow"\n';
    writeFileSync(join(code, 'slow', 'pyproject.toml'), project);
    writeFileSync(join(code, 'slow', 'slow.py'), 'import time\nprint("begun", flush=True)\ntime.sleep(600)\n');
    await expect(made({ packages: ['./slow'] }, { formTimeoutS: 20 })).rejects.toThrow(
      /^pip wheel: not done after 18 s; limits\.formTimeoutS bounds it\./,
    );
    expect(environments()).toEqual([]);
  });

  test.skipIf(!canMount)('is not there by half where the disk is full', async () => {
    mkdirSync(cache);
    mountSmall(cache, 'size=8000k');
    const error = await made({ packages: [] }).catch((thrown: unknown) => thrown);
    expect(unfitBy(error).why).toBe('disk-full');
    expect(environments()).toEqual([]);
  });
});

describe.skipIf(!hasVenv)('processes that want the same environment', () => {
  const program = fileURLToPath(new URL('./fixtures/make-environment.ts', import.meta.url));
  const args = () => [program, cache, code, 'tiny'];

  test('at once make one', async () => {
    tinyWheel(code, { name: 'tiny', body: '' });
    const both = await Promise.all([1, 2].map(() => promisify(execFile)(process.execPath, args())));
    expect(new Set(both.map(({ stdout }) => stdout)).size).toBe(1);
    expect(environments()).toHaveLength(1);
  });

  test('make it anew where the one that began was killed', async () => {
    tinyWheel(code, { name: 'tiny', body: 'WORD = 1' });
    const killed = spawn(process.execPath, args(), { stdio: 'ignore' });
    while (!(existsSync(join(cache, 'python')) && environments().length > 0)) await delay(10);
    killed.kill('SIGKILL');
    const { stdout } = await promisify(execFile)(process.execPath, args());
    expect(printed(stdout.trim(), 'import tiny; print(tiny.WORD)')).toBe('1');
  });
});

describe.skipIf(!hasVenv)('wheels in S3', () => {
  test('are left by the first host, and are what others install, whatever their index has', async () => {
    const objects = memoryObjects();
    const [old, newer] = [join(root, 'old'), join(root, 'newer')];
    tinyWheel(old, { name: 'tiny', version: '1.0', body: 'WORD = 1' });
    tinyWheel(newer, { name: 'tiny', version: '2.0', body: 'WORD = 2' });
    await made({ packages: ['tiny'] }, { from: old, objects });
    cache = join(root, 'another host');
    const folder = await made({ packages: ['tiny'] }, { from: newer, objects });
    expect(printed(folder, 'import tiny; print(tiny.WORD)')).toBe('1');
    expect(readFileSync(join(folder, 'pyvenv.cfg'), 'utf8')).toContain('version = 3.');
  });

  test('of two hosts that build at once are those of the one that was first', async () => {
    const objects = memoryObjects();
    const [mine, theirs] = [join(root, 'mine'), join(root, 'theirs')];
    tinyWheel(mine, { name: 'tiny', version: '2.0', body: 'WORD = 2' });
    tinyWheel(theirs, { name: 'tiny', version: '1.0', body: 'WORD = 1' });
    const late: Objects = {
      ...objects,
      async put(uri, body, condition) {
        // Somebody else is done between the look and the put.
        const own = cache;
        cache = join(root, 'another host');
        await made({ packages: ['tiny'] }, { from: theirs, objects });
        cache = own;
        return await objects.put(uri, body, condition);
      },
    };
    const folder = await made({ packages: ['tiny'] }, { from: mine, objects: late });
    expect(printed(folder, 'import tiny; print(tiny.WORD)')).toBe('1');
  });
});
