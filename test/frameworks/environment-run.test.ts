/** `task.python` in whole runs of the command. */
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyWheel } from '../fixtures/tiny-wheel.ts';
import { installed, isMissing, isWhole, train } from './training.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-environments-'));
const pip = ['-m', 'pip', 'download', '--no-deps', '--dest', join(folder, 'probe'), 'six==1.17.0'];
const isIndexThere = spawnSync('python3', pip, { timeout: 30_000 }).status === 0;
if (!isIndexThere) console.log('skipped: an environment from an index, because six cannot be had from one');

const task = `import sys, tiny, lockstep
task = lockstep.context()
prefixes = task.all_gather(sys.prefix)
if task.rank == 0:
    task.result({"answer": tiny.ANSWER}, {"prefixes.txt": " ".join(prefixes).encode()})
`;

const job = (python: string) => `kind: train
name: environment
gang: { hosts: 2, instanceTypes: [g7e.2xlarge] }
task: { command: [python3, task.py], python: ${python} }
limits: { maxDurationS: 200, graceS: 2 }
`;

function written(python: string): string {
  const path = join(folder, 'train.yaml');
  writeFileSync(path, job(python));
  return path;
}

describe.skipIf(isMissing('base'))('a run with a Python environment', () => {
  beforeAll(() => {
    process.env.LOCKSTEP_CACHE = join(folder, 'cache');
    mkdirSync(join(folder, 'wheels'));
    const wheel = tinyWheel(join(folder, 'wheels'), { name: 'tiny', body: 'ANSWER = 42' });
    writeFileSync(join(folder, 'requirements.txt'), `./wheels/${wheel}\n`);
    writeFileSync(join(folder, 'task.py'), task);
  });
  afterAll(() => {
    delete process.env.LOCKSTEP_CACHE;
    rmSync(folder, { recursive: true });
  });

  test('has the packages on every host, the wheel beside the job among them, and the next run finds them made', async () => {
    const path = written('{ requirements: requirements.txt }');
    const prefixes: string[] = [];
    for (let run = 0; run < 2; run++) {
      const { manifest, path: file } = await train(path).succeeded();
      expect(manifest.metrics.answer).toBe(42);
      prefixes.push(...readFileSync(file('prefixes.txt'), 'utf8').split(' '));
    }
    expect(new Set(prefixes).size).toBe(1);
    expect(prefixes[0]).toMatch(/cache\/hosts\/python\/[0-9a-f]{32}-[0-9a-f]{8}$/);
  });

  test.runIf(isWhole)('ends with the words of pip, after one attempt, where a package cannot be had', async () => {
    const { summary } = await train(written('{ packages: [no-such-package-of-anybody==9.9] }')).command.ended;
    expect(summary).toMatchObject({
      ...{ ok: false, code: 'LS_PYTHON_ENVIRONMENT', history: [{ attempt: 0 }] },
      message: expect.stringContaining('No matching distribution found for no-such-package-of-anybody==9.9'),
    });
  });

  test.runIf(isWhole)('is refused before any host is bought where the requirements file is not there', async () => {
    const { summary } = await train(written('{ requirements: absent.txt }')).command.ended;
    expect(summary).toMatchObject({ ok: false, message: expect.stringContaining('absent.txt') });
    expect(summary).not.toHaveProperty('attempts');
  });

  test.skipIf(!isIndexThere)('is made for a function that is sent from Python', async () => {
    const program = join(folder, 'sends.py');
    const lines = [
      'import sys, lockstep',
      'def version():',
      '    import six, sys',
      '    return [six.__version__, sys.prefix, sys.version_info[:2]]',
      'print(lockstep.run(version, np=2, gpu=0, hosts=2, packages="six==1.17.0", show=False) + [sys.version_info[:2]])',
    ];
    writeFileSync(program, lines.join('\n'));
    const home = mkdtempSync(join(tmpdir(), 'lockstep-sent-'));
    const env = { ...process.env, PYTHONPATH: 'python', PYTHONDONTWRITEBYTECODE: '1', LOCKSTEP_HOME: home };
    const { stdout } = await promisify(execFile)(join(installed.bin, 'python3'), [program], { env });
    rmSync(home, { recursive: true });
    expect(stdout).toMatch(/^\['1\.17\.0', '.*hosts\/python\/[0-9a-f-]+', (\(3, \d+\)), \1\]\n$/);
  });

  test.runIf(isIndexThere && isWhole)('takes packages from an index', async () => {
    writeFileSync(
      join(folder, 'task.py'),
      `import six\n${task.replace('import sys, tiny', 'import sys, six as tiny').replace('tiny.ANSWER', 'len(six.__version__)')}`,
    );
    const { manifest } = await train(written('{ packages: [six==1.17.0] }')).succeeded();
    expect(manifest.metrics.answer).toBe('1.17.0'.length);
  });
});
